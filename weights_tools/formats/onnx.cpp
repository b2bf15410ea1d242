// ONNX: the initialisers of the main graph. Field numbers are those of ONNX's ModelProto, GraphProto and TensorProto
// (https://github.com/onnx/onnx, onnx.proto); what is not named here is skipped.
#include "runtime/error.h"
#include "weights_tools/source.h"
#include "weights_tools/values.h"
#include "weights_tools/wire.h"

#include <array>
#include <charconv>

namespace impasto {
namespace {

namespace model {
constexpr std::uint32_t kIrVersion = 1;
constexpr std::uint32_t kProducerName = 2;
constexpr std::uint32_t kProducerVersion = 3;
constexpr std::uint32_t kGraph = 7;
}  // namespace model
namespace graph {
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

constexpr std::uint64_t kFloat16 = 10;
constexpr std::uint64_t kBFloat16 = 16;
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

// Values are raw (little-endian), in another file, or listed: float32 in float_data, 16-bit floats in int32_data.
void read_tensor(std::span<const std::byte> message, const std::string& complaint, Source& source) {
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

  Values values;
  if (is_external) {
    values.append(values_of(external, name, source));
  } else if (raw) {
    values.append(*raw);
  } else {
    const bool half = type == kFloat16 || type == kBFloat16;
    WireReader again(message, complaint);
    while (const auto field = again.next()) {
      if (!half && field->number == tensor::kFloatData) values.append(field->payload);
      if (half && field->number == tensor::kInt32Data) {
        again.each_varint(*field, [&](std::uint64_t number) { values.append_half(number); });
      }
    }
  }
  source.add(std::move(name), type < kTypes.size() ? kTypes.at(type) : "UNKNOWN", std::move(dims),
             values.keep_in(source));
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
      if (part->is(graph::kInitializer, WireType::bytes)) read_tensor(part->payload, complaint, source);
    }
  }
  if (!has_graph) fail("{}", complaint);
  source.metadata = {{"producer", producer + ' ' + version},
                     {"graph", graph_name},
                     {"ir_version", std::to_string(static_cast<std::int64_t>(ir_version))}};
}

}  // namespace impasto
