#include "weights_tools/name_map.h"

#include "runtime/error.h"
#include "weights_tools/engstrom_names.h"
#include "weights_tools/fcn_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <unordered_map>

namespace impasto {
namespace {

// TFLite's kernels are out, rows, columns, in; depthwise ones are 1, rows, columns, channels.
const std::vector<int> kOutInRowsColumns{0, 3, 1, 2};
const std::vector<int> kLastFirstRowsColumns{3, 0, 1, 2};
// A linear layer as a 1x1 convolution is out, in, 1, 1; ours in, out.
const std::vector<int> kInOut{1, 0, 2, 3};

Place same_name(const WeightSpec& spec, int /*layer*/) {
  return {{spec.name}};
}

Place multistyle_onnx(const WeightSpec& spec, int /*layer*/) {
  const auto [layer, part] = split_name(spec.name);
  return {{part == "weight" ? layer + ".w" : spec.name}};
}

// Magenta's nets lie in their files as integers; what a DequantizeLinear node makes of them has the node's name.
// "contract.conv1", "residual1.conv2" and "expand.conv3" are layers of "transformer/"; those of a residual block and of
// the expansion have norms, whose beta is made by a layer called Conv and whose gamma by one called Conv_1.
Place arbitrary_transform_onnx(const WeightSpec& spec, int /*layer*/) {
  const auto [layer, part] = split_name(spec.name);
  const std::string tensor = part == "weight" ? "/weights_dequant" : "/Conv2D_bias_dequant";
  const bool parameters = layer.ends_with(".gamma") || layer.ends_with(".beta");
  const auto [conv, norm] = parameters ? split_name(layer) : std::pair(layer, std::string());
  const auto [group, number] = split_name(conv);
  std::string name =
      "transformer/" + (group.starts_with("residual") ? "residual/" : std::string()) + group + '/' + number;
  if (group == "expand") name += "/conv";
  if (!parameters) return {{name + tensor}};
  name = "style_params/" + name + "/StyleNorm/" + (norm == "beta" ? "Conv" : "Conv_1") + tensor;
  return {{std::move(name)}, part == "weight" ? kInOut : std::vector<int>{}};
}

// "predict.block3.expand" is "MobilenetV2/expanded_conv_3/expand", and block 0's layers stand in "expanded_conv".
Place style_predictor_onnx(const WeightSpec& spec, int /*layer*/) {
  const auto [layer, part] = split_name(spec.name.substr(spec.name.find('.') + 1));
  std::string name;
  if (layer == "stem") name = "MobilenetV2/Conv";
  if (layer == "head") name = "MobilenetV2/Conv_1";
  if (layer == "style") name = "mobilenet_conv/Conv";
  const bool depthwise = layer.ends_with(".depthwise");
  if (name.empty()) {
    const auto [block, step] = split_name(layer);
    const std::string number = block.substr(std::string_view("block").size());
    name = "MobilenetV2/expanded_conv" + (number == "0" ? "" : '_' + number) + '/' + step;
  }
  name += depthwise ? "/depthwise_" : part == "weight" ? "/" : "/Conv2D_";
  return {{name + (part == "weight" ? "weights_dequant" : "bias_dequant")}};
}

// conv0 is "conv2d", convN "conv2d_N", dwN likewise.
Place selfie_tflite(const WeightSpec& spec, const std::string& segment) {
  const auto [layer, part] = split_name(spec.name);
  const bool depthwise = layer.starts_with("dw");
  const bool transposed = layer == "segment";
  std::string source = segment;
  if (!transposed) {
    const std::string number = layer.substr(layer.find_first_of("0123456789"));
    source = (depthwise ? "depthwise_conv2d" : "conv2d") + (number == "0" ? "" : '_' + number);
  }
  if (part == "bias") return {{source + "/Bias"}};
  return {{source + "/Kernel"}, depthwise || transposed ? kLastFirstRowsColumns : kOutInRowsColumns};
}
Place selfie_square_tflite(const WeightSpec& spec, int /*layer*/) {
  return selfie_tflite(spec, "segment");
}
Place selfie_landscape_tflite(const WeightSpec& spec, int /*layer*/) {
  return selfie_tflite(spec, "conv2d_transpose");
}

// conv0 is "conv2d", convN "conv2d_N", dw0 "depthwise_conv2d", dwN likewise; of the heads, scores_8 is
// "classificator_8" and boxes_8 "regressor_8".
Place face_tflite(const WeightSpec& spec, int /*layer*/) {
  const auto [layer, part] = split_name(spec.name);
  const std::string number = layer.substr(layer.find_first_of("0123456789"));
  const std::string counted = number == "0" ? "" : '_' + number;
  const bool depthwise = layer.starts_with("dw");
  const std::string source = depthwise                     ? "depthwise_conv2d" + counted
                             : layer.starts_with("conv")   ? "conv2d" + counted
                             : layer.starts_with("scores") ? "classificator_" + number
                                                           : "regressor_" + number;
  if (part == "bias") return {{source + "/Bias"}};
  return {{source + "/Kernel"}, depthwise ? kLastFirstRowsColumns : kOutInRowsColumns};
}

struct Row {
  std::string_view net;
  Format format;
  Place (*place)(const WeightSpec& spec, int layer);  // `layer` counts the layers of the net's table
};
constexpr std::array kRows{
    Row{"multistyle", Format::onnx, multistyle_onnx},
    Row{"arbitrary_transform", Format::onnx, arbitrary_transform_onnx},
    Row{"style_predictor", Format::onnx, style_predictor_onnx},
    Row{"selfie", Format::tflite, selfie_square_tflite},
    Row{"selfie-landscape", Format::tflite, selfie_landscape_tflite},
    Row{"face", Format::tflite, face_tflite},
};

// The ways in which the net's tensors may be named in this file.
std::vector<Scheme> schemes(const Net& net, const Source& source) {
  const Format format = source.format;
  std::vector<Scheme> found;
  std::vector<std::string_view> others;
  if (format == Format::safetensors) found.emplace_back(same_name);
  const bool is_fcn = net.name.starts_with("portrait-fcn");
  if (is_fcn) {
    for (Scheme& scheme : fcn_schemes(format)) found.push_back(std::move(scheme));
    others = {"Caffe", "PyTorch", "TensorFlow", "ONNX"};
  }
  if (net.name == "transform_net") {
    for (Scheme& scheme : engstrom_schemes(net, source)) found.push_back(std::move(scheme));
    others = {"TensorFlow", "PyTorch", "ONNX", "deeplearn.js"};
  }
  for (const Row& row : kRows) {
    if (row.net != net.name) continue;
    if (row.format == format) found.emplace_back(row.place);
    if (std::ranges::find(others, to_string(row.format)) == others.end()) others.push_back(to_string(row.format));
  }
  if (!found.empty()) return found;
  if (others.empty()) fail("{} is converted only from safetensors, not from {}", net.name, to_string(format));
  fail("{} is converted from {} or safetensors, not from {}", net.name, fmt::join(others, ", "), to_string(format));
}

// The tensors of a file by their names: many names are asked for, and a file may have many.
using Index = std::unordered_map<std::string_view, const WeightView*>;

const WeightView* find_in(const Index& index, const std::string& name) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

// A scheme over one file, behind a prefix.
class Naming {
 public:
  Naming(const Net& net, const Index& index, const Scheme& scheme, std::string prefix)
      : index_(&index), prefix_(std::move(prefix)) {
    std::string last_layer;
    int layer = -1;
    for (WeightSpec& spec : net.weight_table()) {
      const std::string name = split_name(spec.name).first;
      if (name != last_layer) ++layer;
      last_layer = name;
      places_.emplace(spec.name, scheme(spec, layer));
      const WeightView* tensor = find(spec.name);
      if (tensor != nullptr) ++found_;
      if (places_[spec.name].bilinear && tensor != nullptr) has_enlargement_ = true;
      full_.emplace(std::move(spec.name), std::move(spec.shape));
    }
  }

  [[nodiscard]] int found() const { return found_; }

  std::vector<Mapping> map(const Net& net) const {
    std::vector<Mapping> map;
    const auto shape_of = [this](std::string_view name) { return shape(std::string(name)); };
    for (WeightSpec& spec : weight_table(net, shape_of)) {
      const Place& place = places_.at(spec.name);
      const WeightView* tensor = find(spec.name);
      Mapping mapping;
      mapping.axes = axes(place, spec.shape.size());
      if (tensor != nullptr) {
        mapping.source = tensor->name;
      } else if (!place.bilinear || has_enlargement_) {
        mapping.source = prefix_ + place.sources.front();
      }
      if (!place.factor.empty() && find_in(*index_, prefix_ + place.factor) != nullptr) {
        mapping.factor = prefix_ + place.factor;
      }
      mapping.scale = place.scale;
      mapping.loose = place.loose;
      mapping.target = std::move(spec);
      map.push_back(std::move(mapping));
    }
    return map;
  }

 private:
  static std::vector<int> axes(const Place& place, std::size_t rank) {
    if (!place.axes.empty()) return place.axes;
    std::vector<int> same(rank);
    std::iota(same.begin(), same.end(), 0);
    return same;
  }
  const WeightView* find(const std::string& name) const {
    if (name.find('.') == std::string::npos) return find_in(*index_, name);  // belongs to no layer
    for (const std::string& candidate : places_.at(name).sources) {
      if (const WeightView* tensor = find_in(*index_, prefix_ + candidate)) return tensor;
    }
    return nullptr;
  }
  // In our layout. A matrix in place of a kernel gives its two extents, outputs first.
  std::optional<std::vector<std::int64_t>> shape(const std::string& name) const {
    if (!places_.contains(name)) return {};
    const WeightView* tensor = find(name);
    if (tensor == nullptr) return {};
    const std::size_t rank = full_.at(name).size();
    const std::vector<int> order = axes(places_.at(name), rank);
    std::vector<std::int64_t> extents = tensor->shape;
    const bool is_kernel = rank == 4;
    if (is_kernel && extents.size() == 4 && extents[0] == 1 && extents[1] == 1 && extents[3] != full_.at(name)[3]) {
      extents.erase(extents.begin(), extents.begin() + 2);  // Caffe's matrices of old
    }
    if (is_kernel && extents.size() == 2) {
      if (order[0] != 0) std::ranges::reverse(extents);
      return extents;
    }
    if (extents.size() != rank) return extents;
    std::vector<std::int64_t> ours;
    for (const int axis : order) ours.push_back(extents[static_cast<std::size_t>(axis)]);
    return ours;
  }

  const Index* index_;
  std::string prefix_;
  std::map<std::string, Place> places_;
  std::map<std::string, std::vector<std::int64_t>> full_;
  int found_ = 0;
  bool has_enlargement_ = false;
};

// What may stand before the names: nothing, or whatever stands before the name of the first tensor.
std::set<std::string> prefixes(const Net& net, const Source& source, const Scheme& scheme) {
  constexpr std::size_t kMost = 16;
  constexpr std::size_t kLongest = 256;
  std::set<std::string> found{""};
  const Place first = scheme(net.weight_table().front(), 0);
  for (const std::string& name : first.sources) {
    for (const WeightView& tensor : source.tensors) {
      if (found.size() >= kMost || !tensor.name.ends_with(name)) continue;
      std::string prefix = tensor.name.substr(0, tensor.name.size() - name.size());
      if (prefix.size() > kLongest) continue;
      if (prefix.ends_with('.') || prefix.ends_with('/')) found.insert(std::move(prefix));
    }
  }
  return found;
}

std::vector<std::int64_t> without_leading_ones(std::span<const std::int64_t> shape) {
  const auto first = std::ranges::find_if(shape, [](std::int64_t extent) { return extent != 1; });
  return {first, shape.end()};
}

std::vector<std::int64_t> without_ones(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> rest;
  std::ranges::remove_copy(shape, std::back_inserter(rest), 1);
  return rest;
}

}  // namespace

std::pair<std::string, std::string> split_name(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

std::vector<std::int64_t> Mapping::source_shape() const {
  std::vector<std::int64_t> shape(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    shape.at(static_cast<std::size_t>(axes[i])) = i < target.shape.size() ? target.shape[i] : 1;
  }
  return shape;
}

bool Mapping::fits(std::span<const std::int64_t> shape) const {
  const std::vector<std::int64_t> expected = source_shape();
  if (std::ranges::equal(shape, expected)) return true;
  if (!loose) return false;
  if (target.shape.size() == 1) return without_ones(shape) == without_ones(expected);
  const std::vector<std::int64_t> given = without_leading_ones(shape);
  if (given == without_leading_ones(expected)) return true;
  if (target.shape.size() != 4) return false;
  std::vector<std::int64_t> matrix{target.shape[0], target.shape[1] * target.shape[2] * target.shape[3]};
  if (axes[0] != 0) std::ranges::reverse(matrix);
  return given == without_leading_ones(matrix);
}

std::vector<Mapping> name_map(const Net& net, const Source& source) {
  Index index;
  for (const WeightView& tensor : source.tensors) index.emplace(tensor.name, &tensor);
  std::optional<Naming> best;
  for (const Scheme& scheme : schemes(net, source)) {
    for (const std::string& prefix : prefixes(net, source, scheme)) {
      Naming naming(net, index, scheme, prefix);
      if (!best || naming.found() > best->found()) best.emplace(std::move(naming));
    }
  }
  return best->map(net);
}

}  // namespace impasto
