#include "nets/transform_net.h"

#include "nets/same_pad.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace impasto {
namespace {

struct Layer {
  std::string name;
  int k;
  int stride;
  int in;
  int out;
  InstanceNorm norm = {.eps = 1e-3F, .activation = Activation::relu};
  bool transposed = false;  // twice the size
};

constexpr InstanceNorm kLinear{.eps = 1e-3F};
constexpr InstanceNorm kToPicture{
    .eps = 1e-3F, .activation = Activation::tanh, .out_scale = 150, .out_offset = 127.5F, .to_float = true};
constexpr int kResidualBlocks = 5;

std::vector<Layer> down() {
  return {{"conv1", 9, 1, 3, 32}, {"conv2", 3, 2, 32, 64}, {"conv3", 3, 2, 64, 128}};
}

// The block's input is added to the second norm's output; nothing follows the sum.
std::pair<Layer, Layer> residual(int block) {
  return {{fmt::format("res{}.conv1", block), 3, 1, 128, 128},
          {fmt::format("res{}.conv2", block), 3, 1, 128, 128, kLinear}};
}

std::vector<Layer> up() {
  return {{"up1", 3, 2, 128, 64, {.eps = 1e-3F, .activation = Activation::relu}, true},
          {"up2", 3, 2, 64, 32, {.eps = 1e-3F, .activation = Activation::relu}, true},
          {"out", 9, 1, 32, 3, kToPicture}};
}

std::vector<WeightSpec> tensors(const Layer& layer) {
  WeightSpec weight{layer.name + ".weight", {layer.out, layer.in, layer.k, layer.k}};
  if (layer.transposed) std::swap(weight.shape[0], weight.shape[1]);
  return {std::move(weight), {layer.name + ".scale", {layer.out}}, {layer.name + ".shift", {layer.out}}};
}

// (Transposed) convolution with SAME padding and no bias, then instance norm, then [x + residual].
TensorId append_layer(Graph& graph, const Weights& weights, const Layer& layer, TensorId x,
                      TensorId residual = kAbsent) {
  const std::vector<WeightSpec> specs = tensors(layer);
  const auto weight = [&](std::size_t i) { return weights.get(specs.at(i).name, specs.at(i).shape); };
  const Shape in = graph.tensor(x).shape;
  if (layer.transposed) {
    // The gradient of the SAME convolution from 2n to n, which pads only at the end: the surplus row and column there
    // go.
    const Deconv2d op{.k = layer.out, .r = layer.k, .s = layer.k, .stride = 2, .out_h = 2 * in.h, .out_w = 2 * in.w};
    x = graph.deconv2d(layer.name, x, op, weight(0));
  } else {
    x = graph.conv2d(layer.name, x, same_conv(in, layer.out, layer.k, layer.stride), weight(0));
  }
  return graph.instance_norm(layer.name + ".norm", x, layer.norm, weight(1), weight(2), residual);
}

}  // namespace

std::vector<WeightSpec> transform_net_weights() {
  std::vector<WeightSpec> table;
  const auto add = [&](const Layer& layer) {
    for (WeightSpec& spec : tensors(layer)) table.push_back(std::move(spec));
  };
  for (const Layer& layer : down()) add(layer);
  for (int block = 1; block <= kResidualBlocks; ++block) {
    const auto [first, second] = residual(block);
    add(first);
    add(second);
  }
  for (const Layer& layer : up()) add(layer);
  return table;
}

TensorId append_transform_net(Graph& graph, TensorId rgb, TensorId /*style*/, const Weights& weights) {
  TensorId x = rgb;
  const auto append = [&](const Layer& layer, TensorId in, TensorId residual = kAbsent) {
    return append_layer(graph, weights, layer, in, residual);
  };
  for (const Layer& layer : down()) x = append(layer, x);
  for (int block = 1; block <= kResidualBlocks; ++block) {
    const auto [first, second] = residual(block);
    x = append(second, append(first, x), x);
  }
  for (const Layer& layer : up()) x = append(layer, x);
  return x;
}

}  // namespace impasto
