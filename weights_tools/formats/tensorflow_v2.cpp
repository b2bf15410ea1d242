// V2 checkpoints: a table in NAME.index that says what lies where in shards NAME.data-00000-of-00001 beside it. The
// values of the table are messages of tensorflow/core/protobuf/tensor_bundle.proto: under the empty key a
// BundleHeaderProto, under the name of each variable a BundleEntryProto. The entry of a variable that was saved in
// slices lists them, and each has an entry of its own, under a key made of the name and the slice.
#include "runtime/error.h"
#include "weights_tools/formats/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <tuple>

namespace impasto {
namespace {

namespace header {  // BundleHeaderProto
constexpr std::uint32_t kShards = 1;
constexpr std::uint32_t kEndianness = 2;
constexpr std::uint64_t kLittle = 0;
}  // namespace header
namespace entry {  // BundleEntryProto
constexpr std::uint32_t kType = 1;
constexpr std::uint32_t kShape = 2;
constexpr std::uint32_t kShard = 3;
constexpr std::uint32_t kOffset = 4;
constexpr std::uint32_t kSize = 5;
constexpr std::uint32_t kCrc = 6;
constexpr std::uint32_t kSlices = 7;
}  // namespace entry

struct Entry {
  std::uint64_t type = 0;
  std::vector<std::int64_t> shape;
  std::uint64_t shard = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  bool in_slices = false;
  std::span<const std::byte> message;
};
using Entries = std::map<std::string, Entry, std::less<>>;

Entry read_entry(std::span<const std::byte> message, const std::string& complaint) {
  Entry found;
  found.message = message;
  WireReader fields(message, complaint);
  while (const auto field = fields.next()) {
    if (field->is(entry::kType, WireType::varint)) found.type = field->value;
    if (field->is(entry::kShape, WireType::bytes)) found.shape = read_shape(field->payload, complaint);
    if (field->is(entry::kShard, WireType::varint)) found.shard = field->value;
    if (field->is(entry::kOffset, WireType::varint)) found.offset = field->value;
    if (field->is(entry::kSize, WireType::varint)) found.size = field->value;
    if (field->is(entry::kCrc, WireType::fixed32)) std::memcpy(&found.crc, field->payload.data(), sizeof found.crc);
    if (field->is(entry::kSlices, WireType::bytes)) found.in_slices = true;
  }
  return found;
}

// The keys of slices: numbers and text written so that their order as bytes is their own order
// (tensorflow/core/lib/strings/ordered_code.h).
class OrderedKey {
 public:
  OrderedKey(const Slice& slice, std::string_view name) {
    number(0);
    text(name);
    number(slice.start.size());
    for (std::size_t i = 0; i < slice.start.size(); ++i) {
      signed_number(slice.start[i]);
      signed_number(slice.length[i]);
    }
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  // How many bytes it has, then these, the highest first.
  void number(std::uint64_t value) {
    const int size = (static_cast<int>(std::bit_width(value)) + 7) / 8;
    bytes_.push_back(static_cast<char>(size));
    big_endian(value, size);
  }
  // 0 and 255 are escaped; ends with 0, 1.
  void text(std::string_view value) {
    for (const char c : value) {
      bytes_.push_back(c);
      if (c == '\0') bytes_.push_back('\xFF');
      if (c == '\xFF') bytes_.push_back('\0');
    }
    bytes_.append("\0\1", 2);
  }
  // Two's complement in n bytes whose first n bits are those of the sign, inverted, then the sign itself.
  void signed_number(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    const int size = static_cast<int>(std::bit_width(value < 0 ? ~bits : bits)) / 7 + 1;
    const std::size_t at = bytes_.size();
    if (size > 8) bytes_.append(static_cast<std::size_t>(size - 8), value < 0 ? '\xFF' : '\0');
    big_endian(bits, std::min(size, 8));
    for (int i = 0; i < size; ++i) {
      char& byte = bytes_[at + static_cast<std::size_t>(i / 8)];
      byte = static_cast<char>(byte ^ (0x80 >> i % 8));
    }
  }
  void big_endian(std::uint64_t value, int size) {
    for (int i = size; i-- > 0;) bytes_.push_back(static_cast<char>(value >> 8 * i));
  }

  std::string bytes_;
};

class Bundle {
 public:
  Bundle(std::uint64_t shards, Source& source) : shards_(shards), source_(source) {}

  // The values of an entry, checked.
  std::span<const std::byte> values(const Entry& e, std::string_view name) {
    if (e.size == 0) return {};
    const auto shard = open(e.shard);
    if (e.offset > shard.size() || e.size > shard.size() - e.offset) {
      fail("{}: {} has {} bytes at {} of shard {}, which has {}", source_.label, printable(name), e.size, e.offset,
           e.shard, shard.size());
    }
    const auto values = shard.subspan(e.offset, e.size);
    if (masked_crc32c(values) != e.crc) {
      fail("{}: the values of {} are damaged: their checksum is another", source_.label, printable(name));
    }
    return values;
  }

 private:
  std::span<const std::byte> open(std::uint64_t number) {
    if (number >= shards_) fail("{}: has values in shard {} of {}", source_.label, number, shards_);
    const std::string stem = std::filesystem::path(source_.label).stem().string();
    return source_.open_beside(fmt::format("{}.data-{:05}-of-{:05}", stem, number, shards_));
  }

  std::uint64_t shards_;
  Source& source_;
};

// No byte of a shard belongs to two entries, so that reading takes no longer than the shards are large.
void check_apart(const Entries& entries, const Source& source) {
  std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> places;
  for (const auto& [key, e] : entries) {
    if (e.size != 0) places.emplace_back(e.shard, e.offset, e.size);
  }
  std::ranges::sort(places);
  for (std::size_t i = 1; i < places.size(); ++i) {
    const auto& [shard, offset, size] = places[i - 1];
    const auto& [next_shard, next_offset, next_size] = places[i];
    if (shard == next_shard && next_offset - offset < size) {
      fail("{}: is a damaged TensorFlow checkpoint: two variables lie at {} of shard {}", source.label, next_offset,
           shard);
    }
  }
}

}  // namespace

void read_checkpoint_v2(Table& table, std::span<const std::byte> header, Source& source) {
  const std::string complaint = source.label + ": is a damaged TensorFlow checkpoint: a message is no message";
  std::uint64_t shards = 0;
  WireReader fields(header, complaint);
  while (const auto field = fields.next()) {
    if (field->is(header::kShards, WireType::varint)) shards = field->value;
    if (field->is(header::kEndianness, WireType::varint) && field->value != header::kLittle) {
      fail("{}: is a big-endian TensorFlow checkpoint, expected a little-endian one", source.label);
    }
  }
  Entries entries;
  table.for_each([&](std::string_view key, std::span<const std::byte> value) {
    if (key.empty()) return;
    Entry found = read_entry(value, complaint);
    table.spend(memory_of(key, found.shape));
    entries.emplace(key, std::move(found));
  });
  check_apart(entries, source);

  Bundle bundle(shards, source);
  for (const auto& [name, e] : entries) {
    if (name.starts_with('\0')) continue;  // a slice
    if (tensorflow_float_size(e.type) == 0) {
      source.add(name, tensorflow_type(e.type), e.shape, {});
      continue;
    }
    if (!e.in_slices) {
      add_values(name, e.type, e.shape, bundle.values(e, name), table, source);
      continue;
    }
    std::vector<Slice> slices;
    WireReader parts(e.message, complaint);
    while (const auto part = parts.next()) {
      if (!part->is(entry::kSlices, WireType::bytes)) continue;
      Slice slice = read_slice(part->payload, e.shape, complaint);
      const auto stored = entries.extract(OrderedKey(slice, name).bytes());
      if (stored.empty()) fail("{}: a slice of {} is missing", source.label, printable(name));
      slice.data = bundle.values(stored.mapped(), name);
      slices.push_back(std::move(slice));
    }
    add_slices(name, e.type, e.shape, slices, table, source);
  }
  source.metadata["version"] = "V2";
}

}  // namespace impasto
