#include "nets/portrait_fcn.h"

#include "nets/layers.h"
#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace impasto {
namespace {

constexpr int kClasses = 2;
constexpr int kMaxWidth = 1 << 16;  // products of two widths and a filter stay numbers
constexpr const char* kMask = "mean_mask";
constexpr const char* kLandmarks = "canonical_landmarks";

// Convolutions with bias and relu; `out` is the full width.
struct Layer {
  std::string_view name;
  int k, pad, out;
  bool pooled = false;  // 2 x 2, stride 2, afterwards
};
// The first border of 100 makes the last map of the smallest picture as large as fc6's filter.
constexpr std::array kTrunk{
    Layer{"conv1_1", 3, 100, 64},      Layer{"conv1_2", 3, 1, 64, true}, Layer{"conv2_1", 3, 1, 128},
    Layer{"conv2_2", 3, 1, 128, true}, Layer{"conv3_1", 3, 1, 256},      Layer{"conv3_2", 3, 1, 256},
    Layer{"conv3_3", 3, 1, 256, true}, Layer{"conv4_1", 3, 1, 512},      Layer{"conv4_2", 3, 1, 512},
    Layer{"conv4_3", 3, 1, 512, true}, Layer{"conv5_1", 3, 1, 512},      Layer{"conv5_2", 3, 1, 512},
    Layer{"conv5_3", 3, 1, 512, true}, Layer{"fc6", 7, 0, 4096},         Layer{"fc7", 1, 0, 4096}};

// Scores of a map of the trunk, one a class; enlarged together with what comes from deeper down.
struct Level {
  std::string_view score, of;  // 1 x 1, no relu; what it is made from
  std::string_view up;         // transposed convolution, k x k, no bias
  int k, stride;
  int crop;  // where the deeper level's scores lie in this level's
};
constexpr std::array kLevels{Level{"score_fr", "fc7", "upscore2", 4, 2, 0},
                             Level{"score_pool4", "conv4_3", "upscore_pool4", 4, 2, 5},
                             Level{"score_pool3", "conv3_3", "upscore8", 16, 8, 9}};
constexpr int kLastCrop = 31;  // where the picture lies in the enlarged scores

// The output channels that the file has for a layer.
int width(const ShapeOf& shape_of, std::string_view layer, int full) {
  const auto shape = shape_of(weight_name(layer));
  const bool sane = shape && !shape->empty() && shape->front() > 0 && shape->front() <= kMaxWidth;
  return sane ? static_cast<int>(shape->front()) : full;
}

std::vector<WeightSpec> table_of(const ShapeOf& shape_of, int input_channels) {
  std::vector<WeightSpec> table;
  const auto conv = [&](std::string_view layer, int out, int in, int k) { add_conv_rows(table, layer, out, in, k); };
  int in = input_channels;
  for (const Layer& layer : kTrunk) {
    const int out = width(shape_of, layer.name, layer.out);
    conv(layer.name, out, in, layer.k);
    in = out;
  }
  const int classes = width(shape_of, kLevels.front().score, kClasses);
  for (const Level& level : kLevels) {
    for (const Layer& layer : kTrunk) {
      if (layer.name == level.of) conv(level.score, classes, width(shape_of, layer.name, layer.out), 1);
    }
    table.push_back({weight_name(level.up), {classes, classes, level.k, level.k}});
  }
  return table;
}

std::optional<std::vector<std::int64_t>> full_width(std::string_view /*name*/) {
  return {};
}

class Builder {
 public:
  Builder(Graph& graph, const Weights& weights) : graph_(graph), weights_(weights), shape_of_(shapes_in(weights)) {}

  TensorId layer(const Layer& layer, TensorId x) {
    x = conv(layer.name, x, width(shape_of_, layer.name, layer.out), layer.k, layer.pad, Activation::relu);
    if (!layer.pooled) return x;
    return graph_.append(std::string(layer.name) + ".pool", MaxPool{.ceil_mode = true}, {x});
  }
  TensorId score(const Level& level, TensorId x) { return conv(level.score, x, classes(), 1, 0, Activation::none); }
  // All of it, or h x w of it from row and column `crop`.
  TensorId enlarge(const Level& level, TensorId x, int crop = 0, int h = 0, int w = 0) {
    const Shape in = graph_.tensor(x).shape;
    const Deconv2d op{.k = classes(),
                      .r = level.k,
                      .s = level.k,
                      .stride = level.stride,
                      .crop_top = crop,
                      .crop_left = crop,
                      .out_h = h > 0 ? h : (in.h - 1) * level.stride + level.k,
                      .out_w = w > 0 ? w : (in.w - 1) * level.stride + level.k};
    const std::array<std::int64_t, 4> shape{in.c, op.k, op.r, op.s};
    return graph_.deconv2d(std::string(level.up), x, op, weights_.get(weight_name(level.up), shape));
  }
  [[nodiscard]] int classes() const { return width(shape_of_, kLevels.front().score, kClasses); }

 private:
  TensorId conv(std::string_view name, TensorId x, int out, int k, int pad, Activation activation) {
    const Conv2d op{.k = out,
                    .r = k,
                    .s = k,
                    .pad_top = pad,
                    .pad_left = pad,
                    .pad_bottom = pad,
                    .pad_right = pad,
                    .activation = activation};
    return append_conv(graph_, weights_, name, x, op);
  }

  Graph& graph_;
  const Weights& weights_;
  ShapeOf shape_of_;
};

// The numbers, divided by commas, that the file's metadata has under a key; `otherwise` if it has no such key.
std::vector<float> numbers(const Weights& weights, const char* key, std::vector<float> otherwise) {
  const auto found = weights.metadata().find(key);
  if (found == weights.metadata().end()) return otherwise;
  const std::string& text = found->second;
  std::vector<float> values;
  bool sound = true;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const char* const end = text.data() + comma;
    const auto [stop, error] = std::from_chars(text.data() + from, end, values.emplace_back());
    sound = sound && error == std::errc() && stop == end && std::isfinite(values.back());
    from = comma + 1;
  }
  if (!sound || values.size() != otherwise.size()) {
    fail("{}: {} is {:?}, expected {}", weights.label(), key, text,
         otherwise.size() == 1 ? "a number" : fmt::format("{} numbers divided by commas", otherwise.size()));
  }
  return values;
}

// B, G, R as the net was trained on them; by default as the authors did.
PortraitInput input_op(const Weights& weights) {
  PortraitInput op;
  op.scale = numbers(weights, "input_scale", {1.0F / 255}).front();
  std::ranges::copy(numbers(weights, "input_mean", {104.008F, 116.669F, 122.675F}), op.mean.begin());
  return op;
}

// The person's channel of the scores.
int person_class(const Weights& weights, int classes) {
  if (classes < 2) fail("{}: has scores of one class, expected two or more", weights.label());
  if (classes > 2 && !weights.metadata().contains("person_class")) {
    fail("{}: has scores of {} classes and no person_class in its metadata", weights.label(), classes);
  }
  const float channel = numbers(weights, "person_class", {1}).front();
  if (!(channel >= 0 && channel < static_cast<float>(classes) && channel == std::floor(channel))) {
    fail("{}: person_class is {}, expected 0..{}", weights.label(), channel, classes - 1);
  }
  return static_cast<int>(channel);
}

// x: the net's input channels.
TensorId append(Graph& graph, TensorId x, const Weights& weights) {
  const Shape picture = graph.tensor(x).shape;
  Builder net(graph, weights);
  std::array<TensorId, kLevels.size()> maps{};
  for (const Layer& layer : kTrunk) {
    x = net.layer(layer, x);
    for (std::size_t i = 0; i < kLevels.size(); ++i) {
      if (kLevels.at(i).of == layer.name) maps.at(i) = x;
    }
  }
  TensorId scores = net.score(kLevels[0], maps[0]);
  for (std::size_t i = 1; i < kLevels.size(); ++i) {
    scores = net.enlarge(kLevels.at(i - 1), scores);
    const Add cut{.crop = Add::Offset{kLevels.at(i).crop, kLevels.at(i).crop}};
    scores = graph.add(std::string(kLevels.at(i).score) + ".sum", scores, net.score(kLevels.at(i), maps.at(i)), cut);
  }
  scores = net.enlarge(kLevels.back(), scores, kLastCrop, picture.h, picture.w);
  return graph.append("probability", Softmax{person_class(weights, net.classes())}, {scores});
}

}  // namespace

std::vector<WeightSpec> portrait_fcn_weights() {
  return portrait_fcn_weights_of(full_width);
}

std::vector<WeightSpec> portrait_fcn_weights_of(const ShapeOf& shape_of) {
  return table_of(shape_of, 3);
}

std::vector<WeightSpec> portrait_fcn_plus_weights() {
  return portrait_fcn_plus_weights_of(full_width);
}

std::vector<WeightSpec> portrait_fcn_plus_weights_of(const ShapeOf& shape_of) {
  std::vector<WeightSpec> table = table_of(shape_of, 6);
  const auto add = [&](const char* name, std::vector<std::int64_t> shape) {
    table.push_back({name, std::move(shape)});
  };
  const auto mask = shape_of(kMask);
  const auto landmarks = shape_of(kLandmarks);
  add(kMask, mask && mask->size() == 2 ? *mask : std::vector<std::int64_t>{800, 600});
  add(kLandmarks, {landmarks && !landmarks->empty() ? landmarks->front() : 49, 2});
  return table;
}

TensorId append_portrait_fcn(Graph& graph, TensorId rgb, TensorId /*side*/, const Weights& weights) {
  return append(graph, graph.portrait_input("input", rgb, input_op(weights)), weights);
}

TensorId append_portrait_fcn_plus(Graph& graph, TensorId rgb, TensorId face, const Weights& weights) {
  const std::vector<WeightSpec> table = portrait_fcn_plus_weights_of(shapes_in(weights));
  const auto tensor = [&](std::string_view name) {
    return weights.get(name, std::ranges::find(table, name, &WeightSpec::name)->shape);
  };
  const std::vector<float> landmarks = to_floats(tensor(kLandmarks));
  std::array<double, 2> sum{};
  for (std::size_t i = 0; i < landmarks.size(); ++i) sum.at(i % 2) += static_cast<double>(landmarks[i]);
  const auto count = static_cast<double>(landmarks.size() / 2);
  PortraitInput op = input_op(weights);
  op.centre_x = static_cast<float>(std::floor(sum[0] / count));
  op.centre_y = static_cast<float>(std::floor(sum[1] / count));
  return append(graph, graph.portrait_input("input", rgb, op, face, tensor(kMask)), weights);
}

}  // namespace impasto
