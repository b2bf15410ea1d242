#include "nets/multistyle.h"

#include "nets/layers.h"

#include <fmt/format.h>

#include <cstdint>
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
  Activation activation;  // after the norm
  bool enlarge = false;   // twice the size, nearest neighbour, before the convolution
};

constexpr int kResidualBlocks = 6;

std::vector<Layer> contract() {
  return {{"contract.0", 9, 1, 3, 32, Activation::relu},
          {"contract.1", 3, 2, 32, 32, Activation::relu},
          {"contract.2", 3, 2, 32, 32, Activation::relu}};
}

// The block's input is added to the second norm's output; nothing follows the sum.
std::pair<Layer, Layer> residual(int block) {
  return {{fmt::format("res.{}.0", block), 3, 1, 32, 32, Activation::relu},
          {fmt::format("res.{}.1", block), 3, 1, 32, 32, Activation::none}};
}

std::vector<Layer> expand() {
  return {{"expand.0", 3, 1, 32, 8, Activation::relu, true},
          {"expand.1", 3, 1, 8, 4, Activation::relu, true},
          {"expand.2", 9, 1, 4, 3, Activation::sigmoid}};
}

std::vector<WeightSpec> tensors(const Layer& layer) {
  return {{layer.name + ".weight", {layer.out, layer.in, layer.k, layer.k}},
          {layer.name + ".norm.gamma", {kMultistyleStyles, layer.out}},
          {layer.name + ".norm.beta", {kMultistyleStyles, layer.out}}};
}

class Builder {
 public:
  Builder(Graph& graph, TensorId style, const Weights& weights) : graph_(graph), style_(style), weights_(weights) {}

  // Convolution with reflection padding and no bias, then conditional instance norm, then [x + residual].
  TensorId layer(const Layer& layer, TensorId x, TensorId residual = kAbsent) {
    if (layer.enlarge) {
      const Shape s = graph_.tensor(x).shape;
      x = graph_.append(layer.name + ".up", Resize{Resize::Mode::nearest, 2 * s.h, 2 * s.w}, {x});
    }
    Conv2d conv = reflect_conv(layer.out, layer.k, layer.stride);
    if (layer.in == 3) conv.weight_scale = 1.0F / 255;  // the net was trained on pictures in 0..1
    const std::vector<WeightSpec> specs = tensors(layer);
    const auto weight = [&](int i) {
      const WeightSpec& spec = specs.at(static_cast<std::size_t>(i));
      return weights_.get(spec.name, spec.shape);
    };
    x = graph_.conv2d(layer.name, x, conv, weight(0));
    const InstanceNorm norm{.eps = 1e-5F, .activation = layer.activation, .to_float = layer.out == 3};
    return graph_.instance_norm(layer.name + ".norm", x, norm, weight(1), weight(2), residual, style_);
  }

 private:
  Graph& graph_;
  TensorId style_;
  const Weights& weights_;
};

}  // namespace

std::vector<WeightSpec> multistyle_weights() {
  std::vector<WeightSpec> table;
  const auto add = [&](const Layer& layer) {
    for (WeightSpec& spec : tensors(layer)) table.push_back(std::move(spec));
  };
  for (const Layer& layer : contract()) add(layer);
  for (int block = 0; block < kResidualBlocks; ++block) {
    const auto [first, second] = residual(block);
    add(first);
    add(second);
  }
  for (const Layer& layer : expand()) add(layer);
  return table;
}

TensorId append_multistyle(Graph& graph, TensorId rgb, TensorId style, const Weights& weights) {
  // The added border takes part in the statistics, as it does where the weights come from.
  TensorId x = pad_to_multiples_of_4(graph, rgb);

  Builder net(graph, style, weights);
  for (const Layer& layer : contract()) x = net.layer(layer, x);
  for (int block = 0; block < kResidualBlocks; ++block) {
    const auto [first, second] = residual(block);
    x = net.layer(second, net.layer(first, x), x);
  }
  for (const Layer& layer : expand()) x = net.layer(layer, x);
  return x;
}

}  // namespace impasto
