// The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/), walked where it lies: no
// message objects are built, so that a file cannot ask for more memory than it has bytes, and large values stay in it.
#pragma once

#include "runtime/error.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace impasto {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;             // of a varint
  std::span<const std::byte> payload;  // of every other type: where the value or the message lies

  [[nodiscard]] bool is(std::uint32_t wanted, WireType as) const noexcept { return number == wanted && type == as; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
  }
};

// The fields of one message, in the file's order. A field that a schema says is a number may stand as one varint or, if
// repeated, packed: see each_varint.
class WireReader {
 public:
  // `complaint` is the Error that is thrown where the bytes are no message; it outlives the reader.
  WireReader(std::span<const std::byte> message, const std::string& complaint)
      : rest_(message), complaint_(complaint) {}

  // The next field, nullopt behind the last. Groups, which proto3 has no more, are refused.
  [[nodiscard]] std::optional<WireField> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint64_t tag = varint();
    WireField field{static_cast<std::uint32_t>(tag >> 3), static_cast<WireType>(tag & 7), 0, {}};
    if (tag > UINT32_MAX || field.number == 0) refuse();
    switch (field.type) {
      case WireType::varint:
        field.value = varint();
        break;
      case WireType::fixed64:
        field.payload = take(8);
        break;
      case WireType::bytes:
        field.payload = take(varint());
        break;
      case WireType::fixed32:
        field.payload = take(4);
        break;
      default:
        refuse();
    }
    return field;
  }

  // Calls sink(std::uint64_t) with the varint of the field, or with each that is packed in it.
  template <typename Sink>
  void each_varint(const WireField& field, Sink sink) const {
    if (field.type == WireType::varint) sink(field.value);
    if (field.type != WireType::bytes) return;
    for (WireReader packed(field.payload, complaint_); !packed.rest_.empty();) sink(packed.varint());
  }

 private:
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

  std::span<const std::byte> rest_;
  const std::string& complaint_;
};

}  // namespace impasto
