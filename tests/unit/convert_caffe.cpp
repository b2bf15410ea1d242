// stylize-weights reads Caffe's files, and tells them from ONNX, which has no mark either.
#include "tests/readers.h"

using namespace impasto;
using namespace impasto::test;

namespace {

// Pieces of a message.
std::string varint(std::size_t value) {
  std::string bytes;
  for (; value > 0x7F; value >>= 7U) bytes.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}
std::string text(std::size_t field, const std::string& content) {
  return varint(field << 3U | 2U) + varint(content.size()) + content;
}
std::string number(int field, int value) {
  return {static_cast<char>(field << 3), static_cast<char>(value)};
}
std::string single(int field, float value) {
  return static_cast<char>(field << 3 | 5) + std::string(reinterpret_cast<const char*>(&value), sizeof value);
}
std::string floats(std::int64_t count) {
  const std::vector<float> values = counting(count);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}
std::string layer(const std::string& name, const std::string& blob) {
  return text(100, text(1, name) + text(7, blob));
}

Source read(const std::string& whole) {
  static std::vector<std::byte> bytes;  // the Source is a view of it
  bytes = block(whole);
  Source source;
  source.label = "f";
  read_caffe(bytes, source);
  return source;
}
std::string problem(const std::string& whole) {
  try {
    static_cast<void>(read(whole));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}
bool caffe(const std::string& whole) {
  return looks_like_caffe(block(whole));
}

}  // namespace

TEST_CASE("convert: a caffemodel gives its layers' blobs, in both forms of the file") {
  const Source v1 = read_source(fixture("small_v1.caffemodel"));
  CHECK(v1.format == Format::caffe);
  CHECK(v1.metadata.at("name") == "small_v1");
  check_tensors(
      v1, {{"conv1_1[0]", "F32", {4, 3, 2, 5}}, {"conv1_1[1]", "F32", {1, 1, 1, 4}}, {"fc6[0]", "F32", {1, 1, 6, 8}}});
  const Source v2 = read_source(fixture("small_v2.caffemodel"));
  CHECK(v2.format == Format::caffe);
  check_tensors(v2, {{"conv/1[0]", "F32", {4, 3, 2, 5}},
                     {"conv/1[1]", "F64", {4}},
                     {"scale[0]", "F32", {}},
                     {"up[0]", "F32", {3, 2, 4, 5}}});
}

TEST_CASE("convert: the values of a blob may be packed, in pieces, or one by one") {
  const std::string shape = text(7, text(1, "\3"));
  for (const std::string& values :
       {text(5, floats(3)), single(5, 0) + single(5, 1) + single(5, 2), text(5, floats(2)) + single(5, 2),
        text(5, "") + text(6, floats(1)) + text(5, floats(3))}) {
    check_tensors(read(layer("a", shape + values)), {{"a[0]", "F32", {3}}});
    check_tensors(read(layer("a", values + text(7, number(1, 3)))), {{"a[0]", "F32", {3}}});
    check_tensors(read(layer("a", values + number(3, 1) + number(4, 3) + number(2, 1) + number(1, 1))),
                  {{"a[0]", "F32", {1, 1, 1, 3}}});
  }
}

TEST_CASE("convert: caffemodels that do not hold together are refused") {
  using Catch::Contains;
  const std::string shape = text(7, text(1, "\3"));
  CHECK(problem(layer("a", shape + text(5, floats(2)))) == "f: a[0] of F32 3 has 8 bytes, expected 12");
  CHECK_THAT(problem(layer("a", shape)), Contains("has 0 bytes, expected 12"));
  CHECK_THAT(problem(layer("a", text(5, floats(2)))), Contains("F32 scalar has 8 bytes, expected 4"));
  CHECK_THAT(problem(layer("a", shape + text(8, floats(3)))), Contains("has 4 bytes, expected 12"));
  CHECK_THAT(problem(layer("a", text(7, number(1, 0x7F) + number(1, 0x7F)))), Contains("expected 64516"));
  CHECK(problem(text(1, "net") + text(100, text(1, "relu"))) == "f: has no layer with blobs, expected a caffemodel");
  CHECK_THAT(problem(layer("a", shape + text(5, floats(3))).substr(0, 20)), Contains("damaged or cut off"));
  std::string blobs;  // that repeat a long name
  for (int i = 0; i < 20; ++i) blobs += text(7, text(5, floats(1)));
  CHECK(problem(text(100, text(1, "short") + blobs)) == "");
  CHECK_THAT(problem(text(100, text(1, std::string(100, 'a')) + blobs)), Contains("damaged"));
}

TEST_CASE("convert: Caffe and ONNX are told apart by their fields") {
  CHECK(caffe(content(fixture("small_v1.caffemodel"))));
  CHECK(caffe(content(fixture("small_v2.caffemodel"))));
  CHECK(!caffe(content(fixture("small.onnx"))));
  const std::string blob = text(7, text(5, floats(1)));
  CHECK(caffe(text(2, text(4, "conv") + blob)));  // a V1 layer, no name
  CHECK(caffe(text(100, blob)));
  CHECK(caffe(number(1, 1) + number(2, 3) + text(5, floats(3))));  // a mean file
  CHECK(!caffe(text(2, "pytorch") + text(7, "graph")));            // an ONNX file without ir_version
  CHECK(!caffe(text(7, "graph") + number(1, 8)));
  CHECK(!caffe(number(1, 8) + text(2, "pytorch") + text(3, "2.1") + text(7, "graph")));
  CHECK(!caffe(number(1, 8)));
  CHECK(!caffe(""));
  CHECK(!caffe("Once upon a time"));
  // Cut off anywhere behind the first field, each is still what it is.
  const std::string v2 = content(fixture("small_v2.caffemodel"));
  const std::string onnx = content(fixture("small.onnx"));
  for (std::size_t size = 12; size < v2.size(); ++size) CHECK(caffe(v2.substr(0, size)));
  for (std::size_t size = 0; size < onnx.size(); ++size) CHECK(!caffe(onnx.substr(0, size)));
}

TEST_CASE("convert: damaged caffemodels are refused or read, never overrun") {
  check_damaged(content(fixture("small_v1.caffemodel")), read_caffe);
  check_damaged(content(fixture("small_v2.caffemodel")), read_caffe);
}
