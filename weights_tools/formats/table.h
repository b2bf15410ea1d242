// The sorted tables of leveldb (https://github.com/google/leveldb, doc/table_format.md), which TensorFlow's checkpoints
// are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// The last eight bytes of a table.
inline constexpr std::string_view kTableMagic("\x57\xFB\x80\x8B\x24\x75\x47\xDB");

// CRC-32C (Castagnoli), as tables and checkpoints store it: rotated and shifted, so that the sum of bytes that hold
// sums is no special number.
[[nodiscard]] std::uint32_t masked_crc32c(std::span<const std::byte> bytes) noexcept;

class Table {
 public:
  // Finds the blocks and checks their sums. Compressed blocks are unpacked into `storage`, which they outgrow by no
  // more than the format allows. Throws Error "LABEL: ..." if the table is damaged. `bytes`, `label` and `storage`
  // outlive the Table.
  Table(std::span<const std::byte> bytes, const std::string& label, std::vector<std::shared_ptr<const void>>& storage);

  // Calls each(key, value) in the order of the keys, no key twice. The key lives for the call, the value as long as
  // bytes and storage.
  void for_each(const std::function<void(std::string_view key, std::span<const std::byte> value)>& each) const;

  // Accounts for memory that an entry takes. Throws Error where it gets more than a file of this size has use for: keys
  // share bytes, and compression multiplies them.
  void spend(std::size_t bytes);

 private:
  std::span<const std::byte> unpack(std::span<const std::byte> packed,
                                    std::vector<std::shared_ptr<const void>>& storage);

  const std::string& label_;
  std::size_t left_ = 0;
  std::vector<std::span<const std::byte>> blocks_;
};

}  // namespace impasto
