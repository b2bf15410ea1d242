// TensorFlow checkpoints: a table (table.h) of one entry a variable, and one with the empty key that tells of the
// whole.
#include "runtime/error.h"
#include "weights_tools/formats/checkpoint.h"

#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>

namespace impasto {
namespace {

// DataType, from 0.
constexpr std::array<std::string_view, 26> kTypes{
    "INVALID", "F32",  "F64",      "I32",     "U8",     "I16",  "I8",      "STRING",  "C64",
    "I64",     "BOOL", "QINT8",    "QUINT8",  "QINT32", "BF16", "QINT16",  "QUINT16", "U16",
    "C128",    "F16",  "RESOURCE", "VARIANT", "U32",    "U64",  "F8_E5M2", "F8_E4M3"};
constexpr std::size_t kMaxRank = 254;  // TensorFlow's own limit
constexpr std::uint64_t kFloat = 1;
constexpr std::uint64_t kDouble = 2;
constexpr std::uint64_t kBFloat16 = 14;
constexpr std::uint64_t kHalf = 19;

// The header of V1 is a message in a message (SavedTensorSlices.meta), that of V2 begins with numbers
// (BundleHeaderProto.num_shards).
constexpr std::uint32_t kMetaOrShards = 1;

bool is_size_of(std::span<const std::int64_t> shape, std::size_t item, std::size_t size) {
  auto bytes = static_cast<std::int64_t>(item);
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return false;
  }
  return static_cast<std::size_t>(bytes) == size;
}

}  // namespace

std::size_t memory_of(std::string_view name, std::span<const std::int64_t> shape) noexcept {
  return 320 + 2 * name.size() + 64 * shape.size();
}

std::string_view tensorflow_type(std::uint64_t type) noexcept {
  return type < kTypes.size() ? kTypes[type] : "UNKNOWN";
}

std::size_t tensorflow_float_size(std::uint64_t type) noexcept {
  return type == kDouble ? 8 : type == kFloat ? 4 : type == kHalf || type == kBFloat16 ? 2 : 0;
}

void add_values(const std::string& name, std::uint64_t type, const std::vector<std::int64_t>& shape,
                std::span<const std::byte> data, Table& table, Source& source) {
  if (type != kDouble) {
    source.add(name, tensorflow_type(type), shape, data);
    return;
  }
  table.spend(data.size() / 2);
  source.add_doubles(name, shape, data);
}

std::vector<std::int64_t> read_shape(std::span<const std::byte> message, const std::string& complaint) {
  constexpr std::uint32_t kDim = 2;
  constexpr std::uint32_t kSize = 1;
  std::vector<std::int64_t> shape;
  WireReader dims(message, complaint);
  while (const auto dim = dims.next()) {
    if (!dim->is(kDim, WireType::bytes)) continue;
    if (shape.size() == kMaxRank) fail("{}", complaint);
    std::int64_t& extent = shape.emplace_back(0);
    WireReader fields(dim->payload, complaint);
    while (const auto field = fields.next()) {
      if (field->is(kSize, WireType::varint)) extent = static_cast<std::int64_t>(field->value);
    }
  }
  return shape;
}

Slice read_slice(std::span<const std::byte> message, std::span<const std::int64_t> shape,
                 const std::string& complaint) {
  constexpr std::uint32_t kExtent = 1;
  constexpr std::uint32_t kStart = 1;
  constexpr std::uint32_t kLength = 2;  // absent: the whole axis
  Slice slice;
  WireReader axes(message, complaint);
  while (const auto axis = axes.next()) {
    if (!axis->is(kExtent, WireType::bytes)) continue;
    if (slice.start.size() == shape.size()) fail("{}", complaint);
    const std::int64_t full = shape[slice.start.size()];
    std::int64_t& start = slice.start.emplace_back(0);
    std::int64_t length = -1;
    WireReader fields(axis->payload, complaint);
    while (const auto field = fields.next()) {
      if (field->is(kStart, WireType::varint)) start = static_cast<std::int64_t>(field->value);
      if (field->is(kLength, WireType::varint)) length = static_cast<std::int64_t>(field->value & INT64_MAX);
    }
    slice.length.push_back(length);
    const std::int64_t extent = slice.extent.emplace_back(length < 0 ? full : length);
    if (start < 0 || start > full || extent > full - start) fail("{}", complaint);
  }
  if (slice.start.size() != shape.size()) fail("{}", complaint);
  return slice;
}

void add_slices(const std::string& name, std::uint64_t type, const std::vector<std::int64_t>& shape,
                std::span<const Slice> slices, Table& table, Source& source) {
  if (slices.size() == 1 && slices[0].extent == shape) {
    add_values(name, type, shape, slices[0].data, table, source);
    return;
  }
  const std::size_t item = tensorflow_float_size(type);
  std::size_t size = 0;
  for (const Slice& slice : slices) size += slice.data.size();
  const std::size_t rank = shape.size();
  if (rank == 0 || !is_size_of(shape, item, size)) {
    fail("{}: the slices of {} have {} bytes in all, which is not {} {}", source.label, printable(name), size,
         tensorflow_type(type), shape_string(shape));
  }
  table.spend(2 * size);
  auto whole = std::make_shared<std::vector<std::byte>>(size);
  std::vector<std::size_t> stride(rank, item);
  for (std::size_t i = rank - 1; i-- > 0;) stride[i] = stride[i + 1] * static_cast<std::size_t>(shape[i + 1]);
  std::vector<bool> filled(size / item);
  for (const Slice& slice : slices) {
    const auto values = std::accumulate(slice.extent.begin(), slice.extent.end(), std::size_t{1}, std::multiplies<>());
    if (slice.data.size() != item * values) {
      fail("{}: a slice of {} has {} bytes, expected {}", source.label, printable(name), slice.data.size(),
           item * values);
    }
    const std::size_t row = item * static_cast<std::size_t>(slice.extent.back());
    std::vector<std::int64_t> index(rank, 0);  // of a row in the slice
    std::size_t from = 0;
    while (from < slice.data.size()) {
      std::size_t to = 0;
      for (std::size_t i = 0; i < rank; ++i) to += stride[i] * static_cast<std::size_t>(slice.start[i] + index[i]);
      for (std::size_t i = to; i < to + row; i += item) {
        if (filled[i / item]) fail("{}: the slices of {} overlap", source.label, printable(name));
        filled[i / item] = true;
      }
      std::memcpy(whole->data() + to, slice.data.data() + from, row);
      from += row;
      for (std::size_t i = rank - 1; i-- > 0;) {
        if (++index[i] < slice.extent[i]) break;
        index[i] = 0;
      }
    }
  }
  add_values(name, type, shape, *whole, table, source);
  source.storage.push_back(std::move(whole));
}

void read_tensorflow(std::span<const std::byte> bytes, Source& source) {
  Table table(bytes, source.label, source.storage);
  std::optional<std::span<const std::byte>> header;
  table.for_each([&](std::string_view key, std::span<const std::byte> value) {
    if (key.empty()) header = value;
  });
  if (!header) fail("{}: is a table, but no TensorFlow checkpoint", source.label);
  const std::string complaint = fmt::format("{}: is a damaged TensorFlow checkpoint: its header", source.label);
  bool is_v1 = false;
  WireReader fields(*header, complaint);
  while (const auto field = fields.next()) is_v1 = is_v1 || field->is(kMetaOrShards, WireType::bytes);
  (is_v1 ? read_checkpoint_v1 : read_checkpoint_v2)(table, *header, source);
}

}  // namespace impasto
