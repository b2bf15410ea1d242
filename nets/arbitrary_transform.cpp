#include "nets/arbitrary_transform.h"

#include "nets/layers.h"
#include "nets/style_predictor.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>

namespace impasto {
namespace {

enum class InBlock : std::uint8_t { no, first, second };  // of a residual block's two layers

struct Layer {
  std::string name;
  int k;
  int stride;
  int in;
  int out;
  Activation activation;
  bool normalised = true;  // by the style, and without a bias; else with a bias
  bool enlarge = false;    // twice the size, nearest neighbour, before the convolution
  InBlock in_block = InBlock::no;
};

constexpr int kResidualBlocks = 5;

std::vector<Layer> layers() {
  std::vector<Layer> all{{"contract.conv1", 9, 1, 3, 8, Activation::relu, false},
                         {"contract.conv2", 3, 2, 8, 16, Activation::relu, false},
                         {"contract.conv3", 3, 2, 16, 32, Activation::relu, false}};
  for (int block = 1; block <= kResidualBlocks; ++block) {
    const std::string name = fmt::format("residual{}.conv", block);
    all.push_back({name + "1", 3, 1, 32, 32, Activation::relu, true, false, InBlock::first});
    all.push_back({name + "2", 3, 1, 32, 32, Activation::none, true, false, InBlock::second});
  }
  all.push_back({"expand.conv1", 3, 1, 32, 16, Activation::relu, true, true});
  all.push_back({"expand.conv2", 3, 1, 16, 8, Activation::relu, true, true});
  all.push_back({"expand.conv3", 9, 1, 8, 3, Activation::sigmoid});
  return all;
}

// gamma = style * gamma.weight + gamma.bias, beta alike.
std::vector<WeightSpec> tensors(const Layer& layer) {
  std::vector<WeightSpec> specs{{layer.name + ".weight", {layer.out, layer.in, layer.k, layer.k}}};
  if (!layer.normalised) {
    specs.push_back({layer.name + ".bias", {layer.out}});
    return specs;
  }
  for (const char* part : {".gamma", ".beta"}) {
    specs.push_back({layer.name + part + ".weight", {kStyleNumbers, layer.out}});
    specs.push_back({layer.name + part + ".bias", {layer.out}});
  }
  return specs;
}

class Builder {
 public:
  Builder(Graph& graph, TensorId style, const Weights& weights) : graph_(graph), style_(style), weights_(weights) {}

  // Convolution with reflection padding, then its bias or norm, the activation, and [x + residual].
  TensorId layer(const Layer& layer, TensorId x, TensorId residual) {
    if (layer.enlarge) {
      const Shape s = graph_.tensor(x).shape;
      x = graph_.append(layer.name + ".up", Resize{Resize::Mode::nearest, 2 * s.h, 2 * s.w}, {x});
    }
    Conv2d conv = reflect_conv(layer.out, layer.k, layer.stride);
    if (layer.in == 3) conv.weight_scale = 1.0F / 255;  // the net was trained on pictures in 0..1
    const std::vector<WeightSpec> specs = tensors(layer);
    const auto weight = [&](std::size_t i) { return weights_.get(specs.at(i).name, specs.at(i).shape); };
    if (!layer.normalised) {
      conv.activation = layer.activation;
      return graph_.conv2d(layer.name, x, conv, weight(0), weight(1));
    }
    x = graph_.conv2d(layer.name, x, conv, weight(0));
    const InstanceNorm norm{.eps = 1e-5F, .activation = layer.activation, .to_float = layer.out == 3};
    return graph_.instance_norm(layer.name + ".norm", x, norm, weight(1), weight(3), residual, style_, weight(2),
                                weight(4));
  }

 private:
  Graph& graph_;
  TensorId style_;
  const Weights& weights_;
};

}  // namespace

std::vector<WeightSpec> arbitrary_transform_weights() {
  std::vector<WeightSpec> table;
  for (const Layer& layer : layers()) {
    for (WeightSpec& spec : tensors(layer)) table.push_back(std::move(spec));
  }
  return table;
}

TensorId append_arbitrary_transform(Graph& graph, TensorId rgb, TensorId style, const Weights& weights) {
  // The added border takes part in the statistics, as in multistyle.
  TensorId x = pad_to_multiples_of_4(graph, rgb);

  Builder net(graph, style, weights);
  // A block's input is added to its second norm's output; nothing follows the sum.
  TensorId block = kAbsent;
  for (const Layer& layer : layers()) {
    if (layer.in_block == InBlock::first) block = x;
    x = net.layer(layer, x, layer.in_block == InBlock::second ? block : kAbsent);
  }
  return x;
}

}  // namespace impasto
