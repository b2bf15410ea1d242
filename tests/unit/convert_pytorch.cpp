// stylize-weights reads PyTorch's files: what torch wrote, and pickles and zip files made by hand.
#include "tests/readers.h"
#include "tests/zip_writer.h"

#include <zlib.h>

using namespace impasto;
using namespace impasto::test;

namespace {

std::string deflated(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(text.size() + 100, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

// Opcodes.
std::string text(const std::string& value) {
  return "X" + little(value.size(), 4) + value;
}
std::string integer(std::int64_t value) {
  return std::string("\x8a\x08", 2) + little(static_cast<std::uint64_t>(value), 8);
}
std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + "t";
}
std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
std::string tensor(const std::string& storage_type, std::int64_t elements, std::int64_t offset,
                   const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
  const std::string id =
      tuple({text("storage"), "ctorch\n" + storage_type + "\n", text("0"), text("cpu"), integer(elements)}) + "Q";
  return "ctorch._utils\n_rebuild_tensor_v2\n" +
         tuple({id, integer(offset), integers(shape), integers(strides), "\x89", "N"}) + "R";
}
std::string dict(const std::string& key, const std::string& value) {
  return "}" + text(key) + value + "s";
}

std::string floats(std::int64_t count) {
  const std::vector<float> values = counting(count);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

// A file whose pickle is `value`, with one storage "0".
std::string file(const std::string& value, const std::string& storage = floats(12)) {
  return zip({{"a/data.pkl", "\x80\x02" + value + "."}, {"a/byteorder", "little"}, {"a/data/0", storage}});
}

Source read(const std::string& whole) {
  static std::vector<std::byte> bytes;  // the Source is a view of it
  bytes = block(whole);
  Source source;
  source.label = "f";
  read_pytorch(bytes, source);
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

}  // namespace

TEST_CASE("convert: a PyTorch file gives its tensors, however they lie in their storages") {
  const std::vector<Expected> expected{{"state_dict.conv.weight", "F32", {4, 3, 2, 5}},
                                       {"state_dict.conv.bias", "F16", {4}},
                                       {"state_dict.up.weight", "F32", {3, 4, 5, 2}},
                                       {"state_dict.norm.scale", "BF16", {3}},
                                       {"state_dict.norm.batches", "I64", {}},
                                       {"state_dict.view", "F32", {2, 3}},
                                       {"state_dict.parameter", "F32", {2, 5}},
                                       {"state_dict.double", "F64", {3, 2}},
                                       {"state_dict.empty", "F32", {0, 3}},
                                       {"list.0", "U8", {2}},
                                       {"list.1.0", "F32", {1}}};
  for (const std::string name : {"small.pth", "small_deflated.pth", "small_protocol4.pth"}) {
    INFO(name);
    const Source source = read_source(fixture(name));
    CHECK(source.format == Format::pytorch);
    CHECK(source.metadata.at("epoch") == "3");
    CHECK(source.metadata.at("arch") == "fcn");
    check_tensors(source, expected);
  }
}

TEST_CASE("convert: a pickle that asks for anything but tensors and containers is refused by name") {
  using Catch::Contains;
  CHECK(problem(file("cos\nsystem\n" + tuple({text("true")}) + "R")) ==
        "f: asks for os.system, expected only tensors and plain containers (a state_dict)");
  CHECK_THAT(problem(file("(i__main__\nNet\n")), Contains("asks for __main__.Net"));
  CHECK_THAT(problem(file(text("builtins") + text("eval") + "\x93")), Contains("asks for builtins.eval"));
  CHECK_THAT(problem(file(text("torch") + "N\x93")), Contains("damaged"));
  CHECK_THAT(problem(file("ctorch._utils._rebuild_tensor\nv2\n")), Contains("asks for"));
  CHECK_THAT(problem(file("ctorch\nFloatStorage\n)R")), Contains("damaged"));
  CHECK_THAT(problem(file("ctorch\nFloatStorage\n)\x81")), Contains("opcode 0x81"));
  CHECK_THAT(problem(file("ccollections\nOrderedDict\n)R}b")), !Contains("f:"));
  CHECK_THAT(problem(file("]}b")), Contains("damaged"));
  CHECK_THAT(problem(zip({{"a/data.pkl", ""}, {"a/constants.pkl", ""}})), Contains("TorchScript"));
  CHECK_THAT(problem(zip({{"a.npy", ""}})), Contains("without PyTorch's data.pkl"));
  CHECK_THAT(problem(std::string("\x80\x02\x8a\x0a")), Contains("before 1.6"));
  CHECK_THAT(problem(zip({{"a/data.pkl", "\x80\x02}."}, {"a/byteorder", "big"}})),
             Contains("has byte order big, expected little"));
}

TEST_CASE("convert: a PyTorch tensor lies within its storage") {
  const auto with = [&](std::int64_t offset, const std::vector<std::int64_t>& shape,
                        const std::vector<std::int64_t>& strides, std::int64_t elements = 12) {
    return problem(file(dict("t", tensor("FloatStorage", elements, offset, shape, strides))));
  };
  using Catch::Contains;
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  CHECK(with(0, {3, 4}, {4, 1}) == "");
  CHECK(with(2, {5, 2}, {1, 5}) == "");
  CHECK(with(0, {1, 12}, {kHuge, 1}) == "");
  CHECK(with(0, {2, 1, 5}, {6, kHuge, 1}) == "");
  CHECK(with(99, {0, 4}, {kHuge, 1}) == "");
  CHECK(with(3, {2, 5}, {5, 1}) == "f: t of shape 2x5 and strides 5x1 does not lie in its storage of 12 elements");
  const std::string outside = "does not lie in its storage";
  CHECK_THAT(with(12, {1}, {1}), Contains(outside));
  CHECK_THAT(with(-1, {1}, {1}), Contains(outside));
  CHECK_THAT(with(0, {-1}, {1}), Contains(outside));
  CHECK_THAT(with(11, {2}, {-1}), Contains(outside));
  CHECK_THAT(with(0, {3, 4}, {4}), Contains(outside));
  CHECK_THAT(with(0, {kHuge, kHuge}, {0, 0}), Contains(outside));
  CHECK_THAT(with(0, {3, 3}, {kHuge, kHuge}), Contains(outside));
  CHECK_THAT(with(0, {kHuge}, {0}), Contains("more than a file of its size may"));
  CHECK_THAT(with(0, {12}, {1}, 13), Contains("the storage of t has 48 bytes, expected 13 F32"));
}

TEST_CASE("convert: what a PyTorch file says again and again is read once") {
  using Catch::Contains;
  // Thirty dicts, each of which holds the one before twice.
  std::string nested = "}q" + little(0, 1);
  for (int i = 1; i < 30; ++i) {
    const std::string before = "h" + little(static_cast<std::uint64_t>(i - 1), 1);
    nested += "}q" + little(static_cast<std::uint64_t>(i), 1) + text("a") + before + "s" + text("b") + before + "s";
  }
  CHECK_THAT(problem(file(nested)), Contains("over and over"));
  CHECK_THAT(problem(file("}q" + little(0, 1) + text("a") + "h" + little(0, 1) + "s")), Contains("over and over"));
  CHECK_THAT(problem(file(std::string(1000, ']') + std::string(999, 'a'))), Contains("nested"));
  CHECK_THAT(problem(file("}" + text("a") + tensor("FloatStorage", 12, 0, {1}, {1}) + "s" + text("a") +
                          tensor("FloatStorage", 12, 0, {1}, {1}) + "s")),
             Contains("two tensors a"));
  CHECK_THAT(problem(file(std::string(5'000'000, '0'))), Contains("expected at most"));
}

TEST_CASE("convert: zip members are as long as they say") {
  using Catch::Contains;
  const std::string pickle = "\x80\x02" + dict("t", tensor("FloatStorage", 1000, 0, {1000}, {1})) + ".";
  const auto with = [&](const Member& member) { return problem(zip({{"a/data.pkl", pickle}, member})); };
  const std::string packed = deflated(floats(1000));
  CHECK(with({"a/data/0", packed, 8, 4000}) == "");
  CHECK_THAT(with({"a/data/0", packed, 8, 3999}), Contains("does not inflate to its size"));
  CHECK_THAT(with({"a/data/0", packed, 8, 4001}), Contains("does not inflate to its size"));
  CHECK_THAT(with({"a/data/0", packed, 8, 0}), Contains("does not inflate to its size"));
  CHECK_THAT(with({"a/data/0", packed.substr(0, packed.size() / 2), 8, 4000}), Contains("does not inflate"));
  CHECK_THAT(with({"a/data/0", packed, 8, 4'000'000'000}), Contains("inflate to more than 16 times its size"));
  CHECK_THAT(with({"a/data/0", packed, 12, 4000}), Contains("packed by method 12"));
  CHECK_THAT(with({"a/data/0", floats(1000), 0, 4001}), Contains("two sizes"));
  CHECK_THAT(with({"a/data/0", floats(1000), 0, 4000, 1}), Contains("encrypted"));
  CHECK_THAT(with({"a/data.pkl", ""}), Contains("stands twice"));
  CHECK_THAT(with({"a/data/1", ""}), Contains("has no member a/data/0"));
}

TEST_CASE("convert: a small PyTorch file does not unfold to a large one") {
  const std::size_t large = std::size_t{1} << 20;
  const std::string nothing = deflated(std::string(large, 'N'));
  CHECK_THAT(problem(zip({{"a/data.pkl", nothing, 8, static_cast<std::int64_t>(large)}})),
             Catch::Contains("its pickle has 1048576 bytes, more than a file of"));
}

TEST_CASE("convert: damaged PyTorch files are refused or read, never overrun") {
  check_damaged(content(fixture("small_deflated.pth")), read_pytorch);
  check_damaged(file(dict("t", tensor("DoubleStorage", 6, 0, {3, 2}, {1, 3}))), read_pytorch);
}
