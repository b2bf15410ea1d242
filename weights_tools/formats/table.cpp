// A table is blocks of sorted entries, then a block (the index) with an entry for each of them, then a footer that says
// where the index is:
//
//   block:   entry ... entry | restarts: u32 each | how many: u32
//   entry:   bytes shared with the key before | other bytes of the key | bytes of the value | those bytes | the value
//   in file: block | compression: one byte | masked CRC-32C of block and compression byte
//   footer:  where a block that is not read here is | where the index is | padding to 40 bytes | magic
//
// Lengths and places are varints: seven bits a byte, the lowest first.
#include "weights_tools/formats/table.h"

#include "runtime/error.h"
#include "weights_tools/byte_reader.h"

#include <nmmintrin.h>
#include <snappy.h>

#include <cstring>
#include <optional>

namespace impasto {
namespace {

constexpr std::size_t kFooter = 48;
constexpr std::size_t kTrailer = 5;
constexpr std::size_t kMemoryPerByte = 48;
constexpr std::size_t kMemoryOfAny = 1 << 15;
enum Compression : std::uint8_t { kNone = 0, kSnappy = 1 };

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Walks the entries of one block after the other; the key is kept so that order shows across blocks.
class Walk {
 public:
  explicit Walk(const std::string& label)
      : label_(label),
        leaves_(fmt::format("{}: is a damaged TensorFlow checkpoint: an entry leaves its block", label)) {}

  template <typename Each>
  void block(std::span<const std::byte> bytes, Each each) {
    const std::uint32_t restarts = bytes.size() < 4 ? 0 : load<std::uint32_t>(bytes, bytes.size() - 4);
    if (restarts == 0 || restarts > bytes.size() / 4 - 1) {
      fail("{}: is a damaged TensorFlow checkpoint: a block of {} bytes has {} restarts", label_, bytes.size(),
           restarts);
    }
    std::size_t shareable = 0;
    for (ByteReader entry(bytes.first(bytes.size() - 4 - std::size_t{4} * restarts), leaves_); !entry.at_end();) {
      const std::uint64_t shared = entry.varint();
      const std::uint64_t unshared = entry.varint();
      const std::uint64_t value_size = entry.varint();
      const auto end_bytes = entry.take(unshared);
      const std::string_view end(reinterpret_cast<const char*>(end_bytes.data()), end_bytes.size());
      const bool ordered = !key_ || (shared <= key_->size() && std::string_view(*key_).substr(shared) < end);
      if (shared > shareable || !ordered) {
        fail("{}: is a damaged TensorFlow checkpoint: its keys are out of order", label_);
      }
      if (!key_) key_.emplace();
      key_->replace(shared, std::string::npos, end);
      shareable = key_->size();
      each(std::string_view(*key_), entry.take(value_size));
    }
  }

 private:
  const std::string& label_;
  std::string leaves_;
  std::optional<std::string> key_;
};

}  // namespace

std::uint32_t masked_crc32c(std::span<const std::byte> bytes) noexcept {
  std::uint64_t crc = 0xFFFFFFFF;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) crc = _mm_crc32_u64(crc, load<std::uint64_t>(bytes, at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; at < bytes.size(); ++at) narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(bytes[at]));
  narrow = ~narrow;
  return ((narrow >> 15) | (narrow << 17)) + 0xA282EAD8;
}

Table::Table(std::span<const std::byte> bytes, const std::string& label,
             std::vector<std::shared_ptr<const void>>& storage)
    : label_(label), left_(kMemoryPerByte * bytes.size() + kMemoryOfAny) {
  if (bytes.size() < kFooter) fail("{}: is a TensorFlow checkpoint that is cut off", label);
  const auto body = bytes.first(bytes.size() - kFooter);
  std::uint64_t next = 0;  // blocks lie in order, so that none is read twice
  const auto read_block = [&](ByteReader& handle) {
    const std::uint64_t offset = handle.varint();
    const std::uint64_t size = handle.varint();
    const bool inside = offset >= next && offset <= body.size() && body.size() - offset >= kTrailer &&
                        size <= body.size() - offset - kTrailer;
    if (!inside) {
      fail("{}: is a TensorFlow checkpoint that is damaged or cut off: a block of {} bytes at {} of {}", label, size,
           offset, bytes.size());
    }
    next = offset + size + kTrailer;
    const auto summed = body.subspan(offset, size + 1);
    if (masked_crc32c(summed) != load<std::uint32_t>(body, offset + summed.size())) {
      fail("{}: is a damaged TensorFlow checkpoint: the block at {} has another checksum", label, offset);
    }
    const auto block = summed.first(size);
    const auto compression = static_cast<std::uint8_t>(summed.back());
    if (compression == kNone) return block;
    if (compression != kSnappy)
      fail("{}: a block at {} is compressed by {}, which is not Snappy", label, offset, compression);
    return unpack(block, storage);
  };

  const std::string complaint = fmt::format("{}: is a damaged TensorFlow checkpoint: a place leaves its entry", label);
  ByteReader footer(bytes.subspan(body.size(), kFooter - kTableMagic.size()), complaint);
  footer.varint();
  footer.varint();
  const auto index = read_block(footer);
  next = 0;
  Walk(label).block(index, [&](std::string_view, std::span<const std::byte> place) {
    ByteReader handle(place, complaint);
    blocks_.push_back(read_block(handle));
  });
}

std::span<const std::byte> Table::unpack(std::span<const std::byte> packed,
                                         std::vector<std::shared_ptr<const void>>& storage) {
  const auto* start = reinterpret_cast<const char*>(packed.data());
  std::size_t size = 0;
  // Snappy's densest element makes 64 bytes out of three.
  const bool plausible = snappy::GetUncompressedLength(start, packed.size(), &size) && size / 64 <= packed.size() / 3;
  if (!plausible) fail("{}: is a damaged TensorFlow checkpoint: a compressed block of no believable size", label_);
  spend(size);
  auto block = std::make_shared<std::vector<std::byte>>(size);
  if (!snappy::RawUncompress(start, packed.size(), reinterpret_cast<char*>(block->data()))) {
    fail("{}: is a damaged TensorFlow checkpoint: a block is not Snappy's", label_);
  }
  storage.push_back(block);
  return *block;
}

void Table::spend(std::size_t bytes) {
  if (bytes > left_)
    fail("{}: is a damaged TensorFlow checkpoint: it unfolds to more than {} times its size", label_, kMemoryPerByte);
  left_ -= bytes;
}

void Table::for_each(const std::function<void(std::string_view, std::span<const std::byte>)>& each) const {
  Walk walk(label_);
  for (const auto block : blocks_) walk.block(block, each);
}

}  // namespace impasto
