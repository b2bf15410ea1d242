// What people call the tensors of an FCN-8s on VGG-16.
#pragma once

#include "weights_tools/name_map.h"

#include <vector>

namespace impasto {

// The ways of naming them that are known for files of this format; none for formats in which the net is not known.
[[nodiscard]] std::vector<Scheme> fcn_schemes(Format format);

}  // namespace impasto
