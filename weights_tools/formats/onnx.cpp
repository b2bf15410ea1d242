// ONNX: the initialisers of the main graph, and under the name of its output what a DequantizeLinear node makes of
// them. Field numbers are those of ONNX's ModelProto, GraphProto and TensorProto (https://github.com/onnx/onnx,
// onnx.proto); what is not named here is skipped.
#include "runtime/error.h"
#include "weights_tools/source.h"
#include "weights_tools/values.h"
#include "weights_tools/wire.h"

#include <array>
#include <charconv>
#include <cstring>
#include <functional>
#include <map>

namespace impasto {
namespace {

namespace model {
constexpr std::uint32_t kIrVersion = 1;
constexpr std::uint32_t kProducerName = 2;
constexpr std::uint32_t kProducerVersion = 3;
constexpr std::uint32_t kGraph = 7;
}  // namespace model
namespace graph {
constexpr std::uint32_t kNode = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kInitializer = 5;
}  // namespace graph
namespace tensor {
constexpr std::uint32_t kDims = 1;
constexpr std::uint32_t kDataType = 2;
constexpr std::uint32_t kFloatData = 4;
constexpr std::uint32_t kInt32Data = 5;
constexpr std::uint32_t kName = 8;
constexpr std::uint32_t kRawData = 9;
constexpr std::uint32_t kExternalData = 13;
constexpr std::uint32_t kDataLocation = 14;
}  // namespace tensor
namespace pair {  // StringStringEntryProto
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kValue = 2;
}  // namespace pair
namespace node {
constexpr std::uint32_t kInput = 1;
constexpr std::uint32_t kOutput = 2;
constexpr std::uint32_t kOpType = 4;
constexpr std::uint32_t kAttribute = 5;
}  // namespace node
namespace attribute {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kInteger = 3;
}  // namespace attribute

constexpr std::uint64_t kExternal = 1;

// TensorProto.DataType, from 0.
constexpr std::array<std::string_view, 17> kTypes{"UNDEFINED", "F32", "U8",     "I8",   "U16", "I16",
                                                  "I32",       "I64", "STRING", "BOOL", "F16", "F64",
                                                  "U32",       "U64", "C64",    "C128", "BF16"};

// Values in another file: where they are.
struct External {
  std::string_view location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // up to the file's end if it is not said
};

void read_external(std::span<const std::byte> message, const std::string& complaint, External& external) {
  std::string_view key;
  std::string_view value;
  WireReader fields(message, complaint);
  while (const auto field = fields.next()) {
    if (field->is(pair::kKey, WireType::bytes)) key = field->text();
    if (field->is(pair::kValue, WireType::bytes)) value = field->text();
  }
  if (key == "location") external.location = value;
  std::uint64_t number = 0;
  if (key != "offset" && key != "length") return;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) fail("{}", complaint);
  if (key == "offset") external.offset = number;
  if (key == "length") external.length = number;
}

std::span<const std::byte> values_of(const External& external, const std::string& name, Source& source) {
  if (!is_plain_file_name(external.location)) {
    fail("{}: {} lies in the file \"{}\", expected one beside this one", source.label, printable(name),
         printable(external.location));
  }
  const auto file = source.open_beside(std::string(external.location));
  const bool inside = external.offset <= file.size() && external.length.value_or(0) <= file.size() - external.offset;
  if (!inside) {
    fail("{}: {} has {} bytes at {} of {}, which has {}", source.label, printable(name), external.length.value_or(0),
         external.offset, printable(external.location), file.size());
  }
  const auto rest = file.subspan(external.offset);
  return external.length ? rest.first(*external.length) : rest;
}

// An initialiser of a type that DequantizeLinear reads here.
struct Constant {
  std::string_view type;  // "F32", "I8", "U8" or "I32"
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;

  [[nodiscard]] std::size_t value_bytes() const noexcept { return type == "I8" || type == "U8" ? 1 : 4; }
  [[nodiscard]] std::size_t count() const noexcept { return data.size() / value_bytes(); }
  template <typename T>
  [[nodiscard]] T as(std::size_t i) const noexcept {
    T value;
    std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
    return value;
  }
  [[nodiscard]] std::int64_t integer(std::size_t i) const noexcept {
    if (type == "I8") return as<std::int8_t>(i);
    return type == "U8" ? std::int64_t{as<std::uint8_t>(i)} : std::int64_t{as<std::int32_t>(i)};
  }
};
using Constants = std::map<std::string, Constant, std::less<>>;

// The bytes of a value that is listed in int32_data; 0 for types whose values are not.
std::size_t listed_bytes(std::string_view type) {
  if (type == "F16" || type == "BF16") return 2;
  if (type == "I8" || type == "U8") return 1;
  return type == "I32" ? 4 : 0;
}

// Values are raw (little-endian), in another file, or listed: float32 in float_data, shorter ones and integers in
// int32_data.
void read_tensor(std::span<const std::byte> message, const std::string& complaint, Source& source,
                 Constants& constants) {
  std::string name;
  std::vector<std::int64_t> dims;
  std::uint64_t type = 0;
  bool is_external = false;
  External external;
  std::optional<std::span<const std::byte>> raw;
  WireReader fields(message, complaint);
  while (const auto field = fields.next()) {
    if (field->number == tensor::kDims) {
      fields.each_varint(*field, [&](std::uint64_t extent) { dims.push_back(static_cast<std::int64_t>(extent)); });
    }
    if (field->is(tensor::kDataType, WireType::varint)) type = field->value;
    if (field->is(tensor::kName, WireType::bytes)) name = field->text();
    if (field->is(tensor::kRawData, WireType::bytes)) raw = field->payload;
    if (field->is(tensor::kDataLocation, WireType::varint)) is_external = field->value == kExternal;
    if (field->is(tensor::kExternalData, WireType::bytes)) read_external(field->payload, complaint, external);
  }
  // ONNX asks for names; without this, a file of two bytes a tensor would make a large list.
  if (name.empty()) fail("{}: an initialiser (number {}) has no name", source.label, source.tensors.size());

  const std::string_view type_name = type < kTypes.size() ? kTypes.at(type) : "UNKNOWN";
  Values values;
  if (is_external) {
    values.append(values_of(external, name, source));
  } else if (raw) {
    values.append(*raw);
  } else {
    const std::size_t listed = listed_bytes(type_name);
    WireReader again(message, complaint);
    while (const auto field = again.next()) {
      if (listed == 0 && field->number == tensor::kFloatData) values.append(field->payload);
      if (listed > 0 && field->number == tensor::kInt32Data) {
        again.each_varint(*field, [&](std::uint64_t number) { values.append_low(number, listed); });
      }
    }
  }
  const std::span<const std::byte> data = values.keep_in(source);
  source.add(name, type_name, dims, data);
  const Constant constant{type_name, std::move(dims), data};
  if (type_name != "F32" && type_name != "I8" && type_name != "U8" && type_name != "I32") return;
  std::int64_t count = 1;
  for (const std::int64_t extent : constant.shape) count *= extent;  // which source.add() has found to be small
  if (constant.count() == static_cast<std::size_t>(count)) constants.insert_or_assign(std::move(name), constant);
}

struct Node {
  std::vector<std::string> inputs;
  std::string output, op;
  std::int64_t axis = 1;
};

Node read_node(std::span<const std::byte> message, const std::string& complaint) {
  Node result;
  WireReader fields(message, complaint);
  while (const auto field = fields.next()) {
    if (field->is(node::kInput, WireType::bytes) && result.inputs.size() < 3) result.inputs.emplace_back(field->text());
    if (field->is(node::kOutput, WireType::bytes)) result.output = field->text();
    if (field->is(node::kOpType, WireType::bytes)) result.op = field->text();
    if (!field->is(node::kAttribute, WireType::bytes)) continue;
    std::string_view name;
    std::int64_t value = 0;
    WireReader parts(field->payload, complaint);
    while (const auto part = parts.next()) {
      if (part->is(attribute::kName, WireType::bytes)) name = part->text();
      if (part->is(attribute::kInteger, WireType::varint)) value = static_cast<std::int64_t>(part->value);
    }
    if (name == "axis") result.axis = value;
  }
  return result;
}

// What DequantizeLinear makes of initialisers, (x - zero_point) * scale with one scale or one along an axis. Signed
// 8-bit integers without an offset stay as they are, beside their scales. Nodes that read anything else are left out.
// `most_values` is how many floats may still be made: a file can name one initialiser in many nodes.
void dequantise(const Node& node, const Constants& constants, std::size_t& most_values, Source& source) {
  const auto find = [&](std::size_t i) {
    const auto found = i < node.inputs.size() ? constants.find(node.inputs[i]) : constants.end();
    return found == constants.end() ? nullptr : &found->second;
  };
  const Constant* x = find(0);
  const Constant* scale = find(1);
  const bool offset = node.inputs.size() > 2 && !node.inputs[2].empty();
  const Constant* zero = offset ? find(2) : nullptr;
  if (x == nullptr || scale == nullptr || node.output.empty() || (offset && zero == nullptr)) return;
  if (x->type == "F32" || scale->type != "F32" || scale->count() == 0) return;
  if (zero != nullptr && (zero->type != x->type || zero->count() != scale->count())) return;

  const auto rank = static_cast<std::int64_t>(x->shape.size());
  const std::int64_t axis = node.axis < 0 ? node.axis + rank : node.axis;
  std::vector<std::int64_t> scale_shape(x->shape.size(), 1);
  std::size_t inner = 1;  // values that lie between two steps along the axis
  if (scale->count() > 1) {
    if (axis < 0 || axis >= rank || scale->shape.size() != 1) return;
    const auto at = static_cast<std::size_t>(axis);
    if (scale->shape[0] != x->shape[at]) return;
    scale_shape[at] = scale->shape[0];
    for (std::size_t i = at + 1; i < x->shape.size(); ++i) inner *= static_cast<std::size_t>(x->shape[i]);
  }

  bool centred = true;
  for (std::size_t i = 0; zero != nullptr && i < zero->count(); ++i) centred = centred && zero->integer(i) == 0;
  if (x->type == "I8" && centred) {
    source.tensors.push_back({node.output, DType::i8, x->shape, x->data, "I8", std::move(scale_shape), scale->data});
    return;
  }
  if (x->count() > most_values) fail("{}: has more quantised values than bytes", source.label);
  most_values -= x->count();
  const auto values = std::make_shared<std::vector<float>>(x->count());
  for (std::size_t i = 0; i < values->size(); ++i) {
    const std::size_t channel = i / inner % scale->count();
    const std::int64_t distance = x->integer(i) - (zero == nullptr ? 0 : zero->integer(channel));
    (*values)[i] = static_cast<float>(distance) * scale->as<float>(channel);
  }
  source.add(node.output, "F32", x->shape, std::as_bytes(std::span(*values)));
  source.storage.push_back(values);
}

}  // namespace

void read_onnx(std::span<const std::byte> bytes, Source& source) {
  const std::string complaint = fmt::format(
      "{}: is not a safetensors, ONNX or TFLite file or a deeplearn.js manifest, or it is damaged", source.label);
  std::string producer;
  std::string version;
  std::string graph_name;
  std::uint64_t ir_version = 0;
  bool has_graph = false;
  Constants constants;
  std::vector<Node> nodes;  // that dequantise; they stand before the initialisers
  WireReader fields(bytes, complaint);
  while (const auto field = fields.next()) {
    if (field->is(model::kIrVersion, WireType::varint)) ir_version = field->value;
    if (field->is(model::kProducerName, WireType::bytes)) producer = field->text();
    if (field->is(model::kProducerVersion, WireType::bytes)) version = field->text();
    if (!field->is(model::kGraph, WireType::bytes)) continue;
    has_graph = true;
    source.graph = field->payload;
    WireReader parts(field->payload, complaint);
    while (const auto part = parts.next()) {
      if (part->is(graph::kName, WireType::bytes)) graph_name = part->text();
      if (part->is(graph::kInitializer, WireType::bytes)) {
        read_tensor(part->payload, complaint, source, constants);
      }
      if (!part->is(graph::kNode, WireType::bytes)) continue;
      if (Node node = read_node(part->payload, complaint); node.op == "DequantizeLinear")
        nodes.push_back(std::move(node));
    }
  }
  if (!has_graph) fail("{}", complaint);
  std::size_t most_values = bytes.size();
  for (const Node& node : nodes) dequantise(node, constants, most_values, source);
  source.metadata = {{"producer", producer + ' ' + version},
                     {"graph", graph_name},
                     {"ir_version", std::to_string(static_cast<std::int64_t>(ir_version))}};
}

}  // namespace impasto
