#include "weights_tools/fcn_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace impasto {
namespace {

using Names = std::vector<std::string>;

// Where the convolutions of VGG-16 stand among all its layers, in the order of the table.
constexpr std::array kInFeatures{0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
constexpr int kTrunk = static_cast<int>(kInFeatures.size());

// conv3_2, the sixth convolution: block 3, number 2, position 5.
struct Convolution {
  char block;
  char number;
  int position;
};
std::string caffe_trunk(const Convolution& c) {
  return fmt::format("conv{}_{}", c.block, c.number);
}
std::string slim_trunk(const Convolution& c) {
  return fmt::format("conv{}/conv{}_{}", c.block, c.block, c.number);
}
std::string keras_trunk(const Convolution& c) {
  return fmt::format("block{}_conv{}", c.block, c.number);
}
std::string torchvision_trunk(const Convolution& c) {
  return fmt::format("features.{}", kInFeatures.at(static_cast<std::size_t>(c.position)));
}
std::string vgg_trunk(const Convolution& c) {
  return fmt::format("vgg.{}", kInFeatures.at(static_cast<std::size_t>(c.position)));
}
// torchvision's list cut behind pool3 and pool4.
std::string sliced_trunk(const Convolution& c) {
  const int in_features = kInFeatures.at(static_cast<std::size_t>(c.position));
  if (c.block <= '3') return fmt::format("features3.{}", in_features);
  return fmt::format("features{}.{}", c.block, in_features - (c.block == '4' ? 17 : 24));
}

// How the layers are called. `scaled`: the net multiplies pool4 by 0.01 and pool3 by 0.0001 before it scores them.
struct Family {
  std::string (*trunk)(const Convolution&);
  std::array<Names, 3> head;  // fc6, fc7, score_fr
  bool scaled = false;
};
const Names kScore{"score_fr", "score-fr", "score59", "score", "fc8"};
const std::array kFamilies{
    Family{caffe_trunk, {Names{"fc6", "conv6"}, Names{"fc7", "conv7"}, kScore}},
    Family{slim_trunk, {Names{"fc6"}, Names{"fc7"}, kScore}},
    Family{keras_trunk, {Names{"fc6", "fc1"}, Names{"fc7", "fc2"}, kScore}},
    Family{torchvision_trunk,
           {Names{"classifier.0", "fc6"}, Names{"classifier.3", "fc7"}, Names{"classifier.6", "score_fr", "score"}}},
    Family{sliced_trunk, {Names{"score_fr.0"}, Names{"score_fr.3"}, Names{"score_fr.6"}}, true},
    Family{vgg_trunk, {Names{"vgg_head.0"}, Names{"vgg_head.3"}, Names{"vgg_head.6"}}, true},
};

// The names of the other layers in all families, and of the Scale layer that may stand before one in Caffe's files.
struct Other {
  std::string_view layer;
  Names names;
  std::string_view scale_layer;
  double scaled;
};
const std::array kOthers{
    Other{"upscore2", {"upscore2", "score2", "upscore"}, "", 1},
    Other{"score_pool4", {"score_pool4", "score-pool4"}, "scale_pool4", 0.01},
    Other{"upscore_pool4", {"upscore_pool4", "upscore4", "score4"}, "", 1},
    Other{"score_pool3", {"score_pool3", "score-pool3"}, "scale_pool3", 0.0001},
    Other{"upscore8", {"upscore8", "upscore32", "upsample"}, "", 1},
};

// What stands behind a layer's name for its weight and its bias.
struct Parts {
  Names weight;
  Names bias;
};
Parts parts(Format format) {
  switch (format) {
    case Format::caffe:
      return {{"[0]"}, {"[1]"}};
    case Format::tensorflow:
      return {
          {"/weights", "/kernel", "/filter", "/up_filter", "/weight", "/W", "/w", "_weight", "_weights", "_W", "_w"},
          {"/biases", "/bias", "/b", "_bias", "_biases", "_b"}};
    default:
      return {{".weight"}, {".bias"}};
  }
}

Place place(const Family& family, Format format, const WeightSpec& spec, int layer) {
  const auto [name, part] = split_name(spec.name);
  if (part == spec.name) return {{spec.name}};  // mean_mask, canonical_landmarks
  Place found;
  Names layers;
  if (layer < kTrunk) {
    layers = {family.trunk({name[4], name[6], layer})};
  } else if (layer < kTrunk + 3) {
    layers = family.head.at(static_cast<std::size_t>(layer - kTrunk));
  } else {
    const auto* other = std::ranges::find(kOthers, name, &Other::layer);
    layers = other->names;
    if (part == "weight" && format == Format::caffe && !other->scale_layer.empty()) {
      found.factor = fmt::format("{}[0]", other->scale_layer);
    }
    if (part == "weight" && family.scaled) found.scale = other->scaled;
    found.bilinear = name.starts_with("upscore");
  }
  const Parts all = parts(format);
  for (const std::string& candidate : layers) {
    for (const std::string& suffix : part == "weight" ? all.weight : all.bias) {
      found.sources.push_back(candidate + suffix);
    }
  }
  if (format == Format::tensorflow && part == "weight") found.axes = kFromHwio;
  found.loose = true;
  return found;
}

}  // namespace

std::vector<Scheme> fcn_schemes(Format format) {
  std::vector<Scheme> schemes;
  if (format == Format::tflite || format == Format::deeplearnjs) return schemes;
  for (const Family& family : kFamilies) {
    schemes.emplace_back(
        [&family, format](const WeightSpec& spec, int layer) { return place(family, format, spec, layer); });
  }
  return schemes;
}

}  // namespace impasto
