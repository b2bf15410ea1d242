#include "nets/style_predictor.h"

#include "nets/layers.h"
#include "nets/same_pad.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>

namespace impasto {
namespace {

// Inverted residual: 1x1 to `expanded` channels unless it has as many, depthwise 3x3 with stride, 1x1 to `out`, [+
// input where that has the result's shape].
struct Block {
  int in, expanded, out;
  int stride;

  [[nodiscard]] bool expands() const { return expanded != in; }
  [[nodiscard]] bool adds_input() const { return stride == 1 && in == out; }
};

constexpr int kStemChannels = 32;
constexpr int kHeadChannels = 1280;
constexpr std::array kBlocks{Block{32, 32, 16, 1},    Block{16, 96, 24, 2},   Block{24, 144, 24, 1},
                             Block{24, 144, 32, 2},   Block{32, 192, 32, 1},  Block{32, 192, 32, 1},
                             Block{32, 192, 64, 2},   Block{64, 384, 64, 1},  Block{64, 384, 64, 1},
                             Block{64, 384, 64, 1},   Block{64, 384, 96, 1},  Block{96, 576, 96, 1},
                             Block{96, 576, 96, 1},   Block{96, 576, 160, 2}, Block{160, 960, 160, 1},
                             Block{160, 960, 160, 1}, Block{160, 960, 320, 1}};

std::string block_name(std::size_t i) {
  return fmt::format("predict.block{}.", i);
}

class Builder {
 public:
  Builder(Graph& graph, const Weights& weights) : graph_(graph), weights_(weights) {}

  TensorId conv(const std::string& name, TensorId x, int channels, Activation activation, TensorId residual = kAbsent) {
    return layer(name, x, same_conv(shape(x), channels, 1, 1), activation, residual);
  }
  TensorId stem(TensorId rgb) {
    Conv2d op = same_conv(shape(rgb), kStemChannels, 3, 2);
    op.weight_scale = 1.0F / 255;  // the net was trained on pictures in 0..1
    return layer("predict.stem", rgb, op, Activation::relu6);
  }
  TensorId block(const std::string& name, const Block& block, TensorId in) {
    TensorId x = in;
    if (block.expands()) x = conv(name + "expand", x, block.expanded, Activation::relu6);
    Conv2d depthwise = same_conv(shape(x), block.expanded, 3, block.stride);
    depthwise.groups = block.expanded;
    x = layer(name + "depthwise", x, depthwise, Activation::relu6);
    return conv(name + "project", x, block.out, Activation::none, block.adds_input() ? in : kAbsent);
  }

 private:
  [[nodiscard]] const Shape& shape(TensorId id) const { return graph_.tensor(id).shape; }

  TensorId layer(const std::string& name, TensorId x, Conv2d op, Activation activation, TensorId residual = kAbsent) {
    op.activation = activation;
    return append_conv(graph_, weights_, name, x, op, residual);
  }

  Graph& graph_;
  const Weights& weights_;
};

}  // namespace

std::vector<WeightSpec> style_predictor_weights() {
  std::vector<WeightSpec> table;
  const auto add = [&](const std::string& name, int out, int in, int k) { add_conv_rows(table, name, out, in, k); };
  add("predict.stem", kStemChannels, 3, 3);
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    const Block& b = kBlocks.at(i);
    if (b.expands()) add(block_name(i) + "expand", b.expanded, b.in, 1);
    add(block_name(i) + "depthwise", b.expanded, 1, 3);
    add(block_name(i) + "project", b.out, b.expanded, 1);
  }
  add("predict.head", kHeadChannels, kBlocks.back().out, 1);
  add("predict.style", kStyleNumbers, kHeadChannels, 1);
  return table;
}

TensorId append_style_predictor(Graph& graph, TensorId rgb, TensorId /*style*/, const Weights& weights) {
  Builder net(graph, weights);
  TensorId x = net.stem(rgb);
  for (std::size_t i = 0; i < kBlocks.size(); ++i) x = net.block(block_name(i), kBlocks.at(i), x);
  x = net.conv("predict.head", x, kHeadChannels, Activation::relu6);
  x = graph.append("predict.mean", GlobalAverage{}, {x});
  return net.conv("predict.style", x, kStyleNumbers, Activation::none);
}

}  // namespace impasto
