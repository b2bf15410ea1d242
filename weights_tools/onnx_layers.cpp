#include "weights_tools/onnx_layers.h"

#include "runtime/error.h"
#include "weights_tools/wire.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace impasto {
namespace {

constexpr std::uint32_t kNode = 1;  // of GraphProto
namespace node {                    // NodeProto
constexpr std::uint32_t kInput = 1;
constexpr std::uint32_t kOutput = 2;
constexpr std::uint32_t kOperator = 4;
}  // namespace node

struct Node {
  std::string_view op;
  std::array<std::string_view, 3> inputs;  // those behind the third are not looked at
  std::size_t input_count = 0;
  std::string_view output;
};

Node read_node(std::span<const std::byte> message, const std::string& complaint) {
  Node read;
  WireReader fields(message, complaint);
  while (const auto field = fields.next()) {
    if (field->is(node::kOperator, WireType::bytes)) read.op = field->text();
    if (field->is(node::kOutput, WireType::bytes) && read.output.empty()) read.output = field->text();
    if (!field->is(node::kInput, WireType::bytes)) continue;
    if (read.input_count < read.inputs.size()) read.inputs.at(read.input_count) = field->text();
    ++read.input_count;
  }
  return read;
}

// Operators whose output has the values of their first input.
bool keeps_values(std::string_view op) {
  constexpr std::array kKeeping{"Identity", "Reshape", "Unsqueeze", "Squeeze", "Cast", "Flatten"};
  return std::ranges::find(kKeeping, op) != kKeeping.end();
}

constexpr std::int64_t kMostLookedAt = 1 << 24;

class Layers {
 public:
  explicit Layers(const Source& source) : source_(source) {
    for (const WeightView& tensor : source.tensors) constants_.emplace(tensor.name, &tensor);
  }

  void add(const Node& node) {
    const WeightView* first = constant(node.inputs[0]);
    const WeightView* second = constant(node.inputs[1]);
    if (keeps_values(node.op) && first != nullptr) {
      constants_.emplace(node.output, first);
    } else if ((node.op == "Conv" || node.op == "ConvTranspose") && second != nullptr && second->shape.size() >= 2) {
      layers_.push_back({second->name, "", ""});
      channels_ = second->shape[node.op == "ConvTranspose" ? 1 : 0];
      output_ = node.output;
    } else if (!layers_.empty()) {
      add_to_norm(node, first, second);
    }
  }

  std::vector<NormedConvolution> take() { return std::move(layers_); }

 private:
  const WeightView* constant(std::string_view name) const {
    const auto found = constants_.find(name);
    return found == constants_.end() ? nullptr : found->second;
  }
  // One value a channel.
  bool is_vector(const WeightView* tensor) const {
    return tensor != nullptr && is_float(tensor->dtype) && tensor->count() == channels_;
  }
  // Exporters write a norm without scale and shift as one with ones and zeros. A file has so many values to look at,
  // and norms may share some.
  bool is_all(const WeightView* tensor, float value) {
    looked_at_ += tensor->count();
    if (looked_at_ > kMostLookedAt) fail("{}: its norms have more values than a net's", source_.label);
    return std::ranges::all_of(to_floats(*tensor), [&](float v) { return v == value; });
  }

  void add_to_norm(const Node& node, const WeightView* first, const WeightView* second) {
    NormedConvolution& layer = layers_.back();
    if (node.op == "InstanceNormalization") {
      const WeightView* third = constant(node.inputs[2]);
      if (is_vector(second) && !is_all(second, 1)) set(layer.scale, *second);
      if (is_vector(third) && !is_all(third, 0)) set(layer.shift, *third);
    }
    const bool is_binary = node.input_count == 2 && is_vector(first) != is_vector(second);
    if (!is_binary) return;
    const WeightView& vector = is_vector(first) ? *first : *second;
    const std::string_view other = is_vector(first) ? node.inputs[1] : node.inputs[0];
    if (other == output_) {
      // A bias moves the mean that the norm takes away. (Other constants would change what the norm does.)
      if (node.op != "Add") refuse(vector);
      output_ = node.output;
    } else if (node.op == "Mul") {
      set(layer.scale, vector);
    } else if (node.op == "Add" || (node.op == "Sub" && is_vector(first))) {
      set(layer.shift, vector);
    } else {
      refuse(vector);
    }
  }
  void set(std::string_view& name, const WeightView& tensor) const {
    if (!name.empty()) refuse(tensor);
    name = tensor.name;
  }
  [[noreturn]] void refuse(const WeightView& tensor) const {
    fail("{}: {} of shape {} has no place in the norm behind {}", source_.label, printable(tensor.name),
         shape_string(tensor.shape), printable(layers_.back().kernel));
  }

  const Source& source_;
  std::unordered_map<std::string_view, const WeightView*> constants_;
  std::vector<NormedConvolution> layers_;
  std::int64_t channels_ = 0;  // of the last layer
  std::int64_t looked_at_ = 0;
  std::string_view output_;  // of its convolution
};

}  // namespace

std::vector<NormedConvolution> onnx_layers(const Source& source) {
  const std::string complaint = source.label + ": is a damaged ONNX file";
  Layers layers(source);
  WireReader parts(source.graph, complaint);
  while (const auto part = parts.next()) {
    if (part->is(kNode, WireType::bytes)) layers.add(read_node(part->payload, complaint));
  }
  return layers.take();
}

}  // namespace impasto
