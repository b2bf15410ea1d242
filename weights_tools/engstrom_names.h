// What people call the tensors of transform_net.
#pragma once

#include "weights_tools/name_map.h"

#include <vector>

namespace impasto {

// The ways of naming them that may be meant in this file; none if its format is not known to hold this net. Where the
// names are neither ours nor TensorFlow's numbers, the layers are told apart by their order. Throws Error where
// something stands among them that the net does not have.
[[nodiscard]] std::vector<Scheme> engstrom_schemes(const Net& net, const Source& source);

}  // namespace impasto
