// From a file of any format to the tensors of a net.
#pragma once

#include "weights_tools/name_map.h"

namespace impasto {

// The values with their axes permuted: extent i of the result is extent axes[i] of `shape`.
[[nodiscard]] std::vector<float> permute(std::span<const float> values, std::span<const std::int64_t> shape,
                                         std::span<const int> axes);

// The tensors that a map names, as f32, as f16 (rounded to nearest even; a mean mask and landmarks stay f32), or as i8,
// which keeps 8-bit integers as they are, followed by their scales, and makes f32 of the rest. Throws Error that names
// the first tensor that is missing, has another shape, is no float type, or has a value that is not finite (also after
// rounding).
[[nodiscard]] std::vector<NamedTensor> convert(const Source& source, std::span<const Mapping> map, DType type);
// The same with the map of the net: its tensors in the order of its table.
[[nodiscard]] std::vector<NamedTensor> convert(const Source& source, const Net& net, DType type);

}  // namespace impasto
