#include "weights_tools/name_map.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace impasto {
namespace {

// TFLite's kernels are out, rows, columns, in; depthwise ones are 1, rows, columns, channels.
const std::vector<int> kOutInRowsColumns{0, 3, 1, 2};
const std::vector<int> kLastFirstRowsColumns{3, 0, 1, 2};
// TensorFlow's are rows, columns, in, out.
const std::vector<int> kFromHwio{3, 2, 0, 1};

struct Place {
  std::string source;
  std::vector<int> axes = {};  // empty: as in the target
};

// "res.3.1.weight" -> "res.3.1", "weight".
std::pair<std::string, std::string> split(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

Place same_name(const WeightSpec& spec, int /*layer*/) {
  return {spec.name};
}

Place multistyle_onnx(const WeightSpec& spec, int /*layer*/) {
  const auto [layer, part] = split(spec.name);
  return {part == "weight" ? layer + ".w" : spec.name};
}

// conv0 is "conv2d", convN "conv2d_N", dwN likewise.
Place selfie_tflite(const WeightSpec& spec, const std::string& segment) {
  const auto [layer, part] = split(spec.name);
  const bool depthwise = layer.starts_with("dw");
  const bool transposed = layer == "segment";
  std::string source = segment;
  if (!transposed) {
    const std::string number = layer.substr(layer.find_first_of("0123456789"));
    source = (depthwise ? "depthwise_conv2d" : "conv2d") + (number == "0" ? "" : '_' + number);
  }
  if (part == "bias") return {source + "/Bias"};
  return {source + "/Kernel", depthwise || transposed ? kLastFirstRowsColumns : kOutInRowsColumns};
}
Place selfie_square_tflite(const WeightSpec& spec, int /*layer*/) {
  return selfie_tflite(spec, "segment");
}
Place selfie_landscape_tflite(const WeightSpec& spec, int /*layer*/) {
  return selfie_tflite(spec, "conv2d_transpose");
}

// TensorFlow numbered the variables as the layers were made: weight, shift, scale (shift first) of layer 0, of layer 1,
// ... Its transposed convolutions are rows, columns, out, in: the same permutation gives in, out, rows, columns.
Place transform_net_deeplearnjs(const WeightSpec& spec, int layer) {
  const std::string part = split(spec.name).second;
  const int variable = 3 * layer + (part == "weight" ? 0 : part == "shift" ? 1 : 2);
  return {variable == 0 ? "Variable" : fmt::format("Variable_{}", variable),
          part == "weight" ? kFromHwio : std::vector<int>{}};
}

struct Row {
  std::string_view net;
  Format format;
  Place (*place)(const WeightSpec& spec, int layer);  // `layer` counts the layers of the net's table
};
constexpr std::array kRows{
    Row{"multistyle", Format::onnx, multistyle_onnx},
    Row{"selfie", Format::tflite, selfie_square_tflite},
    Row{"selfie-landscape", Format::tflite, selfie_landscape_tflite},
    Row{"transform_net", Format::deeplearnjs, transform_net_deeplearnjs},
};

}  // namespace

std::vector<std::int64_t> Mapping::source_shape() const {
  std::vector<std::int64_t> shape(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) shape.at(static_cast<std::size_t>(axes[i])) = target.shape.at(i);
  return shape;
}

std::vector<Mapping> name_map(const Net& net, Format format) {
  auto place = same_name;
  if (format != Format::safetensors) {
    const auto* row = std::ranges::find(kRows, net.name, &Row::net);
    if (row == kRows.end()) fail("{} is converted only from safetensors, not from {}", net.name, to_string(format));
    if (row->format != format) {
      fail("{} is converted from {} or safetensors, not from {}", net.name, to_string(row->format), to_string(format));
    }
    place = row->place;
  }
  std::vector<Mapping> map;
  std::string last_layer;
  int layer = -1;
  for (WeightSpec& spec : net.weight_table()) {
    const std::string name = split(spec.name).first;
    if (name != last_layer) ++layer;
    last_layer = name;
    Place found = place(spec, layer);
    if (found.axes.empty()) {
      found.axes.resize(spec.shape.size());
      std::iota(found.axes.begin(), found.axes.end(), 0);
    }
    map.push_back({std::move(spec), std::move(found.source), std::move(found.axes)});
  }
  return map;
}

}  // namespace impasto
