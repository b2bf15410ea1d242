#include "nets/selfie.h"

#include "nets/layers.h"
#include "nets/same_pad.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace impasto {
namespace {

// Encoder: 1x1 to `expanded`, depthwise k x k with stride, [gate through `squeezed` channels], 1x1 to `out`, [+ input].
// Layers count on: conv(first), [conv(first+1), conv(first+2): the gate], then the projection.
struct Block {
  const char* name;
  int first, depthwise;
  int in, expanded, out;
  int k, stride;
  Activation activation;
  int squeezed;  // 0: no gate
  bool residual;

  [[nodiscard]] int projection() const { return first + (squeezed > 0 ? 3 : 1); }
};

constexpr Activation kRelu = Activation::relu;
constexpr Activation kSwish = Activation::hard_swish;
constexpr std::array kBlocks{
    Block{"b0", 1, 0, 16, 16, 16, 3, 2, kRelu, 8, false},    Block{"b1", 5, 1, 16, 72, 24, 3, 2, kRelu, 0, false},
    Block{"b2", 7, 2, 24, 88, 24, 3, 1, kRelu, 0, true},     Block{"b3", 9, 3, 24, 96, 32, 5, 2, kSwish, 24, false},
    Block{"b4", 13, 4, 32, 128, 32, 5, 1, kSwish, 32, true}, Block{"b5", 17, 5, 32, 128, 32, 5, 1, kSwish, 32, true},
    Block{"b6", 21, 6, 32, 96, 32, 5, 1, kSwish, 24, true},  Block{"b7", 25, 7, 32, 96, 32, 5, 1, kSwish, 24, true}};
constexpr int kHeadChannels = 128;

// Decoder: enlarged, conv(first) 1x1; gate conv(first+1), conv(first+2) on the skip; conv(first+3) 1x1; depthwise 3x3.
struct Level {
  const char* name;
  int first, depthwise;
  int in, channels;
};
constexpr std::array kLevels{Level{"l0", 31, 8, 128, 24}, Level{"l1", 35, 9, 24, 16}, Level{"l2", 39, 10, 16, 16}};

std::string conv_name(int i) {
  return fmt::format("conv{}", i);
}
std::string depthwise_name(int i) {
  return fmt::format("dw{}", i);
}

class Builder {
 public:
  Builder(Graph& graph, const Weights& weights) : graph_(graph), weights_(weights) {}

  TensorId conv(int index, TensorId x, int channels, Activation activation, TensorId residual = kAbsent) {
    return layer(conv_name(index), x, same_conv(shape(x), channels, 1, 1), activation, residual);
  }
  TensorId stem(TensorId rgb) {
    Conv2d op = same_conv(shape(rgb), 16, 3, 2);
    op.weight_scale = 1.0F / 255;  // the net was trained on pictures in 0..1
    return layer(conv_name(0), rgb, op, kSwish);
  }
  TensorId depthwise(int index, TensorId x, int k, int stride, Activation activation) {
    Conv2d op = same_conv(shape(x), shape(x).c, k, stride);
    op.groups = op.k;
    return layer(depthwise_name(index), x, op, activation);
  }
  // One factor a channel of x: sigmoid(conv(index + 1)(relu(conv(index)(mean of x)))).
  TensorId factors(int index, TensorId x, int squeezed) {
    const TensorId mean = graph_.append(conv_name(index) + ".mean", GlobalAverage{}, {x});
    return conv(index + 1, conv(index, mean, squeezed, kRelu), shape(x).c, Activation::sigmoid);
  }
  TensorId block(const Block& b, TensorId in) {
    TensorId x = conv(b.first, in, b.expanded, b.activation);
    x = depthwise(b.depthwise, x, b.k, b.stride, b.activation);
    if (b.squeezed > 0) x = graph_.gate(std::string(b.name) + ".gate", x, factors(b.first + 1, x, b.squeezed));
    return conv(b.projection(), x, b.out, Activation::none, b.residual ? in : kAbsent);
  }
  TensorId head(TensorId in) {
    const TensorId mean = graph_.append("conv30.mean", GlobalAverage{}, {in});
    const TensorId x = conv(29, in, kHeadChannels, kRelu);
    return graph_.gate("head.gate", x, conv(30, mean, kHeadChannels, Activation::sigmoid));
  }
  TensorId level(const Level& l, TensorId x, TensorId skip) {
    const std::string name = l.name;
    const Shape size = shape(skip);
    x = graph_.append(name + ".up", Resize{Resize::Mode::bilinear, size.h, size.w}, {x});
    x = conv(l.first, x, l.channels, Activation::none);
    const TensorId g = factors(l.first + 1, graph_.add(name + ".sum", skip, x), l.channels);
    x = graph_.gate(name + ".gate", skip, g, x);
    x = conv(l.first + 3, x, l.channels, kRelu);
    return graph_.add(name + ".out", x, depthwise(l.depthwise, x, 3, 1, kRelu));
  }
  TensorId segment(TensorId x) {
    const Shape in = shape(x);
    const Deconv2d op{
        .k = 1, .r = 2, .s = 2, .stride = 2, .out_h = 2 * in.h, .out_w = 2 * in.w, .activation = Activation::sigmoid};
    return graph_.deconv2d("segment", x, op, weights_.get("segment.weight", std::array<std::int64_t, 4>{in.c, 1, 2, 2}),
                           weights_.get("segment.bias", std::array<std::int64_t, 1>{1}));
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

std::vector<WeightSpec> selfie_weights() {
  std::vector<WeightSpec> table;
  const auto add = [&](const std::string& name, int out, int in, int k) { add_conv_rows(table, name, out, in, k); };
  const auto conv = [&](int index, int out, int in) { add(conv_name(index), out, in, 1); };
  add(conv_name(0), 16, 3, 3);
  for (const Block& b : kBlocks) {
    conv(b.first, b.expanded, b.in);
    add(depthwise_name(b.depthwise), b.expanded, 1, b.k);
    if (b.squeezed > 0) {
      conv(b.first + 1, b.squeezed, b.expanded);
      conv(b.first + 2, b.expanded, b.squeezed);
    }
    conv(b.projection(), b.out, b.expanded);
  }
  conv(29, kHeadChannels, kBlocks.back().out);
  conv(30, kHeadChannels, kBlocks.back().out);
  for (const Level& l : kLevels) {
    conv(l.first, l.channels, l.in);
    for (int i = 1; i <= 3; ++i) conv(l.first + i, l.channels, l.channels);
    add(depthwise_name(l.depthwise), l.channels, 1, 3);
  }
  table.push_back({"segment.weight", {kLevels.back().channels, 1, 2, 2}});
  table.push_back({"segment.bias", {1}});
  return table;
}

TensorId append_selfie(Graph& graph, TensorId rgb, TensorId /*style*/, const Weights& weights) {
  Builder net(graph, weights);
  const TensorId half = net.stem(rgb);
  TensorId x = half;
  std::array<TensorId, kBlocks.size()> ends{};
  for (std::size_t i = 0; i < kBlocks.size(); ++i) ends.at(i) = x = net.block(kBlocks.at(i), x);
  x = net.head(x);
  const std::array skips{ends[2], ends[0], half};  // at 1/8, 1/4 and 1/2 of the input
  for (std::size_t i = 0; i < kLevels.size(); ++i) x = net.level(kLevels.at(i), x, skips.at(i));
  return net.segment(x);
}

}  // namespace impasto
