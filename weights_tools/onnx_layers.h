// What an ONNX graph does with its constants, as far as it takes to tell them apart where their names do not.
#pragma once

#include "weights_tools/source.h"

namespace impasto {

// A convolution and the instance norm behind it, by the names of their tensors, which live in the Source; empty where
// the graph has none.
struct NormedConvolution {
  std::string_view kernel;
  std::string_view scale;
  std::string_view shift;
};

// Those of an ONNX file whose kernels are constants, in the graph's order. The norm may be one operator, or several
// that compute it: then the scale is what is multiplied with, the shift what is added, one value a channel. A bias
// between a convolution and its norm, which the norm takes away again, is left out. Throws Error if a constant of one
// value a channel has no place in this.
[[nodiscard]] std::vector<NormedConvolution> onnx_layers(const Source& source);

}  // namespace impasto
