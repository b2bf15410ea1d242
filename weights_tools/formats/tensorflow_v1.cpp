// V1 checkpoints: one file. Each value of the table is a SavedTensorSlices
// (tensorflow/core/util/saved_tensor_slice.proto): under the empty key `meta`, which lists the variables; under each
// other key `data`, one slice of a variable with its values.
#include "runtime/error.h"
#include "weights_tools/formats/checkpoint.h"

#include <map>

namespace impasto {
namespace {

// SavedTensorSlices
constexpr std::uint32_t kMeta = 1;
constexpr std::uint32_t kData = 2;
// SavedTensorSliceMeta
constexpr std::uint32_t kVariable = 1;
namespace meta {  // SavedSliceMeta
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kShape = 2;
constexpr std::uint32_t kType = 3;
}  // namespace meta
namespace slice {  // SavedSlice
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kSlice = 2;
constexpr std::uint32_t kTensor = 3;
}  // namespace slice
namespace tensor {  // TensorProto
constexpr std::uint32_t kContent = 4;
constexpr std::uint32_t kFloats = 5;
constexpr std::uint32_t kDoubles = 6;
constexpr std::uint32_t kHalves = 13;  // a number each
}  // namespace tensor

struct Variable {
  std::uint64_t type = 0;
  std::vector<std::int64_t> shape;
  std::vector<Slice> slices;
};

class Reader {
 public:
  Reader(Table& table, Source& source)
      : table_(table),
        source_(source),
        complaint_(source.label + ": is a damaged TensorFlow checkpoint: a message is no message") {}

  void read_meta(std::span<const std::byte> message) {
    WireReader fields(message, complaint_);
    while (const auto field = fields.next()) {
      if (field->is(kVariable, WireType::bytes)) read_variable(field->payload);
    }
  }

  void read_data(std::span<const std::byte> message) {
    std::string_view name;
    std::span<const std::byte> place;
    std::span<const std::byte> values;
    WireReader fields(message, complaint_);
    while (const auto field = fields.next()) {
      if (field->is(slice::kName, WireType::bytes)) name = field->text();
      if (field->is(slice::kSlice, WireType::bytes)) place = field->payload;
      if (field->is(slice::kTensor, WireType::bytes)) values = field->payload;
    }
    const auto variable = variables_.find(name);
    if (variable == variables_.end()) {
      fail("{}: is a damaged TensorFlow checkpoint: it has values of {}, but no such variable", source_.label,
           printable(name));
    }
    if (tensorflow_float_size(variable->second.type) == 0) return;
    table_.spend(memory_of({}, variable->second.shape));
    Slice& added = variable->second.slices.emplace_back(read_slice(place, variable->second.shape, complaint_));
    added.data = read_values(values);
  }

  void add_variables() {
    for (const auto& [name, variable] : variables_) {
      if (tensorflow_float_size(variable.type) == 0) {
        source_.add(name, tensorflow_type(variable.type), variable.shape, {});
      } else {
        add_slices(name, variable.type, variable.shape, variable.slices, table_, source_);
      }
    }
  }

  // Each message of this number in a SavedTensorSlices.
  template <typename Each>
  void for_each(std::uint32_t number, std::span<const std::byte> message, Each each) {
    WireReader parts(message, complaint_);
    while (const auto part = parts.next()) {
      if (part->is(number, WireType::bytes)) each(part->payload);
    }
  }

 private:
  void read_variable(std::span<const std::byte> message) {
    std::string name;
    Variable variable;
    WireReader fields(message, complaint_);
    while (const auto field = fields.next()) {
      if (field->is(meta::kName, WireType::bytes)) name = field->text();
      if (field->is(meta::kShape, WireType::bytes)) variable.shape = read_shape(field->payload, complaint_);
      if (field->is(meta::kType, WireType::varint)) variable.type = field->value;
    }
    table_.spend(memory_of(name, variable.shape));
    if (name.empty() || !variables_.emplace(std::move(name), std::move(variable)).second) fail("{}", complaint_);
  }

  // Values lie packed in one piece; 16-bit floats as numbers, of which the lower two bytes count.
  std::span<const std::byte> read_values(std::span<const std::byte> message) {
    std::span<const std::byte> values;
    auto halves = std::make_shared<std::vector<std::byte>>();
    WireReader fields(message, complaint_);
    while (const auto field = fields.next()) {
      const bool packed = field->is(tensor::kContent, WireType::bytes) || field->is(tensor::kFloats, WireType::bytes) ||
                          field->is(tensor::kDoubles, WireType::bytes);
      if (packed && !values.empty()) fail("{}", complaint_);
      if (packed) values = field->payload;
      if (field->number != tensor::kHalves) continue;
      table_.spend(4 * field->payload.size());
      fields.each_varint(*field, [&](std::uint64_t number) {
        halves->push_back(static_cast<std::byte>(number & 0xFF));
        halves->push_back(static_cast<std::byte>((number >> 8) & 0xFF));
      });
    }
    if (halves->empty()) return values;
    source_.storage.push_back(halves);
    return *halves;
  }

  Table& table_;
  Source& source_;
  std::string complaint_;
  std::map<std::string, Variable, std::less<>> variables_;
};

}  // namespace

void read_checkpoint_v1(Table& table, std::span<const std::byte> header, Source& source) {
  Reader reader(table, source);
  reader.for_each(kMeta, header, [&](auto message) { reader.read_meta(message); });
  table.for_each([&](std::string_view key, std::span<const std::byte> value) {
    if (!key.empty()) reader.for_each(kData, value, [&](auto message) { reader.read_data(message); });
  });
  reader.add_variables();
  source.metadata["version"] = "V1";
}

}  // namespace impasto
