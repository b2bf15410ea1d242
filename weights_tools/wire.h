// The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/), walked where it lies: no
// message objects are built, so that a file cannot ask for more memory than it has bytes, and large values stay in it.
#pragma once

#include "weights_tools/byte_reader.h"

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
  WireReader(std::span<const std::byte> message, const std::string& complaint) : bytes_(message, complaint) {}

  // The next field, nullopt behind the last. Groups, which proto3 has no more, are refused.
  [[nodiscard]] std::optional<WireField> next() {
    if (bytes_.at_end()) return std::nullopt;
    const std::uint64_t tag = bytes_.varint();
    WireField field{static_cast<std::uint32_t>(tag >> 3), static_cast<WireType>(tag & 7), 0, {}};
    if (tag > UINT32_MAX || field.number == 0) bytes_.refuse();
    switch (field.type) {
      case WireType::varint:
        field.value = bytes_.varint();
        break;
      case WireType::fixed64:
        field.payload = bytes_.take(8);
        break;
      case WireType::bytes:
        field.payload = bytes_.take(bytes_.varint());
        break;
      case WireType::fixed32:
        field.payload = bytes_.take(4);
        break;
      default:
        bytes_.refuse();
    }
    return field;
  }

  // Calls sink(std::uint64_t) with the varint of the field, or with each that is packed in it.
  template <typename Sink>
  void each_varint(const WireField& field, Sink sink) const {
    if (field.type == WireType::varint) sink(field.value);
    if (field.type != WireType::bytes) return;
    for (ByteReader packed(field.payload, bytes_.complaint()); !packed.at_end();) sink(packed.varint());
  }

 private:
  ByteReader bytes_;
};

}  // namespace impasto
