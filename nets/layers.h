// What nets have in common: a convolution with its bias by name, padding by reflection, and their rows of a weight
// table.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// A layer's tensors are "NAME.weight" and "NAME.bias".
[[nodiscard]] std::string weight_name(std::string_view layer);
[[nodiscard]] std::string bias_name(std::string_view layer);

// The two rows of a convolution with bias: [out, in, k, k] and [out]; in = 1 for a depthwise one.
void add_conv_rows(std::vector<WeightSpec>& table, std::string_view layer, std::int64_t out, std::int64_t in,
                   std::int64_t k);

// Appends `op` with the layer's weight and bias.
TensorId append_conv(Graph& graph, const Weights& weights, std::string_view layer, TensorId x, const Conv2d& op,
                     TensorId residual = kAbsent);

// A convolution to `channels` whose borders are mirrored: without a stride the size stays.
[[nodiscard]] Conv2d reflect_conv(int channels, int k, int stride);

// x, extended by mirroring at the bottom and at the right, so that its height and width are multiples of 4.
TensorId pad_to_multiples_of_4(Graph& graph, TensorId x);

}  // namespace impasto
