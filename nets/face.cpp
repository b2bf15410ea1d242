#include "nets/face.h"

#include "nets/layers.h"
#include "nets/same_pad.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace impasto {
namespace {

// depthwise 3x3 with stride, 1x1 to `channels`, + the block's input (the largest of 2 x 2 where the stride is 2, and
// zeros for channels that it lacks), relu.
struct Block {
  int channels, stride;
};
constexpr int kStemChannels = 24;
constexpr std::array kBlocks{Block{24, 1}, Block{28, 1}, Block{32, 2}, Block{36, 1}, Block{42, 1}, Block{48, 2},
                             Block{56, 1}, Block{64, 1}, Block{72, 1}, Block{80, 1}, Block{88, 1}, Block{96, 2},
                             Block{96, 1}, Block{96, 1}, Block{96, 1}, Block{96, 1}};
constexpr std::size_t kLast8 = 10;  // the block whose map the scores and boxes of 8 x 8 pixels are made of
constexpr std::size_t kLast16 = 15;

// The heads: 1x1 convolutions. `anchors` are those of a pixel.
struct Head {
  const char* name;
  std::size_t block;
  int anchors, numbers;
};
constexpr Head kScores8{"scores_8", kLast8, 2, 1};
constexpr Head kBoxes8{"boxes_8", kLast8, 2, kFaceAnchorNumbers};
constexpr Head kScores16{"scores_16", kLast16, 6, 1};
constexpr Head kBoxes16{"boxes_16", kLast16, 6, kFaceAnchorNumbers};

class Builder {
 public:
  Builder(Graph& graph, const Weights& weights) : graph_(graph), weights_(weights) {}

  // Padding is 0 in the net's range -1..1, so the picture is brought there before.
  TensorId stem(TensorId rgb) {
    const TensorId x = graph_.append("range", Convert{.scale = 2.0F / 255, .offset = -1}, {rgb});
    return layer("conv0", x, same_conv(shape(x), kStemChannels, 5, 2), Activation::relu);
  }
  TensorId block(std::size_t index, TensorId in) {
    const auto [channels, stride] = kBlocks.at(index);
    Conv2d depthwise = same_conv(shape(in), shape(in).c, 3, stride);
    depthwise.groups = depthwise.k;
    const TensorId x = layer(fmt::format("dw{}", index), in, depthwise, Activation::none);
    TensorId shortcut = in;
    if (stride == 2) shortcut = graph_.append(fmt::format("b{}.pool", index), MaxPool{}, {shortcut});
    if (const int more = channels - shape(shortcut).c; more > 0) {
      shortcut = graph_.append(fmt::format("b{}.widen", index), Pad{.channels = more}, {shortcut});
    }
    return layer(fmt::format("conv{}", index + 1), x, same_conv(shape(x), channels, 1, 1), Activation::relu, shortcut);
  }
  TensorId head(const Head& head, TensorId x) {
    return layer(head.name, x, same_conv(shape(x), head.anchors * head.numbers, 1, 1), Activation::none);
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

std::vector<WeightSpec> face_weights() {
  std::vector<WeightSpec> table;
  const auto add = [&](const std::string& name, int out, int in, int k) { add_conv_rows(table, name, out, in, k); };
  add("conv0", kStemChannels, 3, 5);
  int channels = kStemChannels;
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    add(fmt::format("dw{}", i), channels, 1, 3);
    add(fmt::format("conv{}", i + 1), kBlocks.at(i).channels, channels, 1);
    channels = kBlocks.at(i).channels;
  }
  for (const Head& head : {kScores8, kScores16, kBoxes8, kBoxes16}) {
    add(head.name, head.anchors * head.numbers, kBlocks.at(head.block).channels, 1);
  }
  return table;
}

FaceMaps append_face_maps(Graph& graph, TensorId rgb, const Weights& weights) {
  Builder net(graph, weights);
  TensorId x = net.stem(rgb);
  FaceMaps maps;
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    x = net.block(i, x);
    if (i == kLast8) {
      maps.scores_8 = net.head(kScores8, x);
      maps.boxes_8 = net.head(kBoxes8, x);
    }
  }
  maps.scores_16 = net.head(kScores16, x);
  maps.boxes_16 = net.head(kBoxes16, x);
  return maps;
}

FaceGraph build_face(int height, int width, const PixelFormat& format, const Weights& weights) {
  FaceGraph face;
  Graph& graph = face.graph;
  face.in = graph.input_planes(format, height, width);
  graph.scope("matte/face/", Precision::fp32);
  const TensorId rgb = graph.append("rgb", ToRgb{format}, face.in);
  const Resize letterbox{Resize::Mode::bilinear_shiftless, kFaceSide, kFaceSide, true};
  face.maps = append_face_maps(graph, graph.append("letterbox", letterbox, {rgb}), weights);
  const FaceMaps& maps = face.maps;
  for (const TensorId map : {maps.scores_8, maps.boxes_8, maps.scores_16, maps.boxes_16}) graph.output(map);
  return face;
}

TensorId append_face(Graph& graph, TensorId rgb, TensorId /*style*/, const Weights& weights) {
  const FaceMaps maps = append_face_maps(graph, rgb, weights);
  for (const TensorId map : {maps.scores_8, maps.boxes_8, maps.scores_16}) graph.output(map);
  return maps.boxes_16;
}

}  // namespace impasto
