#include "nets/layers.h"

#include <array>
#include <cstdint>

namespace impasto {

std::string weight_name(std::string_view layer) {
  return std::string(layer) + ".weight";
}

std::string bias_name(std::string_view layer) {
  return std::string(layer) + ".bias";
}

void add_conv_rows(std::vector<WeightSpec>& table, std::string_view layer, std::int64_t out, std::int64_t in,
                   std::int64_t k) {
  table.push_back({weight_name(layer), {out, in, k, k}});
  table.push_back({bias_name(layer), {out}});
}

TensorId append_conv(Graph& graph, const Weights& weights, std::string_view layer, TensorId x, const Conv2d& op,
                     TensorId residual) {
  const std::array<std::int64_t, 4> weight{op.k, graph.tensor(x).shape.c / op.groups, op.r, op.s};
  const std::array<std::int64_t, 1> bias{op.k};
  return graph.conv2d(std::string(layer), x, op, weights.get(weight_name(layer), weight),
                      weights.get(bias_name(layer), bias), residual);
}

Conv2d reflect_conv(int channels, int k, int stride) {
  const int pad = k / 2;
  return {.k = channels,
          .r = k,
          .s = k,
          .stride = stride,
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad,
          .pad_mode = PadMode::reflect};
}

TensorId pad_to_multiples_of_4(Graph& graph, TensorId x) {
  const Shape shape = graph.tensor(x).shape;
  const auto missing = [](int n) { return (4 - n % 4) % 4; };
  const Pad pad{.bottom = missing(shape.h), .right = missing(shape.w)};
  return pad.bottom > 0 || pad.right > 0 ? graph.append("pad", pad, {x}) : x;
}

}  // namespace impasto
