// Bytes that are read from the front, as far as there are any.
#pragma once

#include "runtime/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace impasto {

class ByteReader {
 public:
  // `complaint` is the Error that is thrown where the bytes end too early; it outlives the reader.
  ByteReader(std::span<const std::byte> bytes, const std::string& complaint) : rest_(bytes), complaint_(complaint) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }
  [[noreturn]] void refuse() const { fail("{}", complaint_); }

  std::span<const std::byte> take(std::uint64_t size) {
    if (size > rest_.size()) refuse();
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Seven bits a byte, the lowest first; a tenth byte has only one that counts.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint64_t>(take(1).front());
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    refuse();
  }

 private:
  std::span<const std::byte> rest_;
  const std::string& complaint_;
};

}  // namespace impasto
