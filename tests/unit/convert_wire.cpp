// The wire format of protocol buffers, and ONNX files that writers seldom make.
#include "runtime/error.h"
#include "tests/support.h"
#include "weights_tools/source.h"
#include "weights_tools/wire.h"

#include <cstring>

using namespace impasto;
using namespace std::string_literals;

namespace {

std::vector<std::byte> block(const std::string& text) {
  const auto* start = reinterpret_cast<const std::byte*>(text.data());
  return {start, start + text.size()};
}

// A length-delimited field of less than 128 bytes.
std::string bytes_field(int number, const std::string& payload) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(payload.size())} + payload;
}
std::string varint_field(int number, char value) {
  return {static_cast<char>(number << 3), value};
}

// "number:value" or "number:'payload'" for each field.
std::string list(const std::string& message) {
  const std::vector<std::byte> bytes = block(message);
  const std::string complaint = "no message";
  std::string result;
  WireReader reader(bytes, complaint);
  while (const auto field = reader.next()) {
    result += field->type == WireType::varint ? fmt::format("{}:{} ", field->number, field->value)
                                              : fmt::format("{}:'{}' ", field->number, field->text());
  }
  return result;
}

Source read(const std::string& file, std::vector<std::byte>& storage) {
  storage = block(file);
  Source source;
  source.label = "m";
  read_onnx(storage, source);
  return source;
}

}  // namespace

TEST_CASE("wire: fields of every type, in the file's order") {
  CHECK(list("") == "");
  CHECK(list("\x08\x96\x01") == "1:150 ");
  CHECK(list("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01") == "1:18446744073709551615 ");
  CHECK(list("\x12\x03"
             "abc"
             "\x1D"
             "wxyz"
             "\x21"
             "12345678") == "2:'abc' 3:'wxyz' 4:'12345678' ");
  CHECK(list("\x12\x00"s) == "2:'' ");
  CHECK(list("\xF8\xFF\xFF\xFF\x0F\x05") == "536870911:5 ");
}

TEST_CASE("wire: what is no message is refused") {
  for (const std::string& message : {
           "\x08"s,                                              // no value
           "\x08\x80"s,                                          // half a value
           "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,  // eleven bytes
           "\x12\x04"
           "abc"s,                                           // more than there is
           "\x12\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,  // 2^64 - 1 bytes
           "\x1D"
           "wxy"s,
           "\x21"
           "1234567"s,
           "\x00\x01"s,                      // field 0
           "\x0B\x0C"s,                      // a group
           "\x0E"s, "\x0F"s,                 // types that are none
           "\x80\x80\x80\x80\x80\x01\x00"s,  // a field number of 33 bits
       }) {
    CHECK_THROWS_WITH(list(message), "no message");
  }
}

TEST_CASE("convert: ONNX values in several pieces are put together") {
  const std::string zero("\0\0\0\0", 4);
  const std::string one("\0\0\x80\x3F", 4);
  const std::string name = bytes_field(8, "t");
  std::vector<std::byte> storage;
  const auto values = [&](const std::string& tensor) {
    return to_floats(read(bytes_field(7, bytes_field(5, tensor)), storage).tensors.at(0));
  };
  const std::string float3 = varint_field(1, 3) + varint_field(2, 1) + name;
  CHECK(values(float3 + bytes_field(4, one + zero + one)) == std::vector<float>{1, 0, 1});
  CHECK(values(float3 + bytes_field(4, one + zero) + bytes_field(4, one)) == std::vector<float>{1, 0, 1});
  CHECK(values(float3 + "\x25" + one + "\x25" + zero + "\x25" + one) == std::vector<float>{1, 0, 1});
  CHECK(values(float3 + bytes_field(4, "") + bytes_field(4, one + zero + one)) == std::vector<float>{1, 0, 1});
  // Halves 1 (0x3C00) and 0, packed and not, before their type is known; an extent list that is packed.
  CHECK(values(bytes_field(5, "\x80\x78"s) + varint_field(5, 0) + name + bytes_field(1, "\x02\x01") +
               varint_field(2, 10)) == std::vector<float>{1, 0});
  CHECK_THROWS_WITH(values(float3 + bytes_field(4, one + zero)), "m: t of F32 3 has 8 bytes, expected 12");
  CHECK_THROWS_WITH(values(float3 + varint_field(14, 1)), "m: t lies in the file \"\", expected one beside this one");
}

TEST_CASE("convert: ONNX initialisers without names are refused, however many") {
  std::vector<std::byte> storage;
  CHECK_THROWS_WITH(read(bytes_field(7, bytes_field(5, "")), storage), "m: an initialiser (number 0) has no name");
}

namespace {

std::string tensor_message(const std::string& name, char type, const std::string& dims, const std::string& raw) {
  std::string message;
  for (const char extent : dims) message += varint_field(1, extent);
  return bytes_field(5, message + varint_field(2, type) + bytes_field(8, name) + bytes_field(9, raw));
}
std::string floats_message(const std::string& name, const std::vector<float>& values) {
  std::string raw(values.size() * sizeof(float), 0);
  std::memcpy(raw.data(), values.data(), raw.size());
  return tensor_message(name, 1, values.size() == 1 ? "" : std::string(1, static_cast<char>(values.size())), raw);
}
std::string dequantise_message(const std::string& x, const std::string& scale, const std::string& zero,
                               const std::string& output, char axis) {
  std::string message = bytes_field(1, x) + bytes_field(1, scale);
  if (!zero.empty()) message += bytes_field(1, zero);
  return bytes_field(1, message + bytes_field(2, output) + bytes_field(4, "DequantizeLinear") +
                            bytes_field(5, bytes_field(1, "axis") + varint_field(3, axis)));
}
constexpr char kI8 = 3;
constexpr char kU8 = 2;
constexpr char kI32 = 6;

}  // namespace

TEST_CASE("onnx: initialisers that a DequantizeLinear node reads have its values under its name") {
  const std::string three_two("\x03\x02", 2);
  const std::string graph =
      dequantise_message("w", "scales", "zeros", "w_out", 0) + dequantise_message("w", "scale", "", "w_one", 1) +
      dequantise_message("w", "scale", "one", "w_off", 1) + dequantise_message("u", "scale", "nine", "u_out", 1) +
      dequantise_message("b", "scales", "", "b_out", 0) + dequantise_message("activation", "scale", "", "no", 0) +
      dequantise_message("w", "scales", "", "bad_axis", 1) +
      tensor_message("w", kI8, three_two, "\x01\xFF\x80\x7F\x02\xFE"s) +
      tensor_message("zeros", kI8, "\x03", "\0\0\0"s) + tensor_message("one", kI8, "", "\x01") +
      tensor_message("u", kU8, "\x02", "\x08\xFF") + tensor_message("nine", kU8, "", "\x09") +
      tensor_message("b", kI32, "\x03", "\x01\0\0\0\xFF\xFF\xFF\xFF\0\0\x01\0"s) +
      floats_message("scales", {0.5F, 2, 10}) + floats_message("scale", {0.25F});
  // A graph of more than 127 bytes has a length of two.
  std::string file{0x3A, static_cast<char>(0x80 | (graph.size() & 0x7F)), static_cast<char>(graph.size() >> 7)};
  file += graph;
  std::vector<std::byte> storage;
  const Source source = read(file, storage);
  const auto values = [&](const char* name) { return to_floats(*source.find(name)); };
  CHECK(values("w_out") == std::vector<float>{0.5F, -0.5F, -256, 254, 20, -20});
  CHECK(source.find("w_out")->dtype == DType::i8);
  CHECK(values("w_one") == std::vector<float>{0.25F, -0.25F, -32, 31.75F, 0.5F, -0.5F});
  CHECK(values("w_off") == std::vector<float>{0, -0.5F, -32.25F, 31.5F, 0.25F, -0.75F});
  CHECK(values("u_out") == std::vector<float>{-0.25F, 61.5F});
  CHECK(values("b_out") == std::vector<float>{0.5F, -2, 655360});
  CHECK(source.find("no") == nullptr);
  CHECK(source.find("bad_axis") == nullptr);
}
