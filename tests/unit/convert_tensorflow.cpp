// TensorFlow checkpoints: what the framework wrote is read, and what no framework would write is refused.
#include "tests/readers.h"
#include "tests/table_writer.h"

#include <map>

using namespace impasto;
using namespace impasto::test;
using Catch::Contains;

namespace {

const std::vector<Expected> kV1{{"double", "F64", {3, 1}},
                                {"half", "F16", {2, 3}},
                                {"kernel", "F32", {4, 3, 2, 5}},
                                {"kernel/Adam", "F32", {4, 3, 2, 5}},
                                {"scalar", "F32", {}},
                                {"sliced", "F32", {7, 3}},
                                {"sliced_columns", "F32", {70, 3}},
                                {"step", "I64", {}}};

std::vector<Expected> v2() {
  std::vector<Expected> tensors = kV1;
  tensors.insert(tensors.begin(), {"bfloat", "BF16", {5}});
  tensors.push_back({"text", "STRING", {2}});
  return tensors;
}

// Shards by their names.
using Files = std::map<std::string, std::string>;

Source read(const std::string& table, const Files& files = {}) {
  Source source;
  source.label = "t.index";
  auto bytes = std::make_shared<const std::vector<std::byte>>(block(table));
  source.storage.push_back(bytes);
  source.open_beside = [&](const std::string& name) {
    if (!files.contains(name)) throw Error(name + ": No such file or directory");
    auto content = std::make_shared<const std::vector<std::byte>>(block(files.at(name)));
    source.storage.push_back(content);
    return std::span<const std::byte>(*content);
  };
  read_tensorflow(*bytes, source);
  return source;
}

std::string problem(const std::string& table, const Files& files = {}) {
  try {
    static_cast<void>(read(table, files));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string shape(const std::vector<std::uint64_t>& extents) {
  std::string out;
  for (const std::uint64_t extent : extents) out += field(2, field(1, extent));
  return out;
}

std::string floats(const std::vector<float>& values) {
  return bytes_of(std::as_bytes(std::span(values)));
}

// The value of an entry of V2 that has floats.
std::string entry(const std::vector<std::uint64_t>& extents, std::uint64_t offset, const std::string& values,
                  std::uint64_t shard = 0) {
  return field(1, 1) + field(2, shape(extents)) + field(3, shard) + field(4, offset) + field(5, values.size()) +
         varint(6 << 3 | 5) + u32(masked_crc32c(std::as_bytes(std::span(values))));
}
const std::string kHeader = field(1, 1) + field(3, field(1, 1));  // one shard, version
const std::string kShard = "t.data-00000-of-00001";

// V1: the table of one variable of floats, in slices as TensorSliceProto says.
std::string meta(const std::string& name, const std::vector<std::uint64_t>& extents) {
  return field(1, field(1, field(1, name) + field(2, shape(extents)) + field(3, 1)));
}
std::string data(const std::string& name, const std::string& slice, const std::string& values) {
  return field(2, field(1, name) + field(2, slice) + field(3, field(5, values)));
}
std::string cut(std::uint64_t start, std::uint64_t length) {
  return field(1, field(1, start) + field(2, length));
}
const std::string kWhole = field(1, "");

}  // namespace

TEST_CASE("convert: TensorFlow's checkpoints give their variables, whole or in slices, in one block or several") {
  for (const std::string name : {"v1.ckpt", "v1_blocks.ckpt"}) {
    INFO(name);
    const Source source = read_source(fixture("tensorflow/" + name));
    CHECK(source.format == Format::tensorflow);
    CHECK(source.metadata.at("version") == "V1");
    check_tensors(source, kV1);
  }
  for (const std::string name : {"v2", "v2.index", "v2_blocks", "v2_blocks.index"}) {
    INFO(name);
    const Source source = read_source(fixture("tensorflow/" + name));
    CHECK(source.format == Format::tensorflow);
    CHECK(source.metadata.at("version") == "V2");
    check_tensors(source, v2());
  }
}

TEST_CASE("convert: the sum of a checkpoint is that of its index, then of its shards") {
  const auto index = block(content(fixture("tensorflow/v2.index")));
  const auto first = block(content(fixture("tensorflow/v2.data-00000-of-00002")));
  const auto second = block(content(fixture("tensorflow/v2.data-00001-of-00002")));
  const std::string sum = read_source(fixture("tensorflow/v2")).sha256;
  CHECK((sum == sha256(std::vector<std::span<const std::byte>>{index, first, second}) ||
         sum == sha256(std::vector<std::span<const std::byte>>{index, second, first})));
}

TEST_CASE("convert: a folder with a `checkpoint` file stands for the checkpoint that it names") {
  const std::vector<Expected> expected{{"_CHECKPOINTABLE_OBJECT_GRAPH", "STRING", {}},
                                       {"model/kernel/.ATTRIBUTES/VARIABLE_VALUE", "F32", {4, 3, 2, 5}},
                                       {"model/step/.ATTRIBUTES/VARIABLE_VALUE", "I64", {}},
                                       {"save_counter/.ATTRIBUTES/VARIABLE_VALUE", "I64", {}}};
  check_tensors(read_source(fixture("tensorflow/object")), expected);
  check_tensors(read_source(fixture("tensorflow/object/checkpoint")), expected);

  const TempDir dir;
  std::filesystem::create_directory(dir / "other");
  std::filesystem::copy_file(fixture("tensorflow/v1.ckpt"), dir / "other" / "a \"\xC3\xA9\".ckpt");
  const auto state = [&](const std::string& text) { std::ofstream(dir / "checkpoint") << text; };
  const auto result = [&]() -> std::string {
    try {
      check_tensors(read_source(dir.path()), kV1);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string name = R"(a \"\303\251\".ckpt")"
                           "\n";
  state(R"(model_checkpoint_path: "other/)" + name);
  CHECK(result() == "");
  state("model_checkpoint_path: \"" + (dir / "other").string() + "/" + name + "all_model_checkpoint_paths: \"x\"\n");
  CHECK(result() == "");
  state("model_checkpoint_path: \"gone\"\n");
  CHECK_THAT(result(), Contains("gone: No such file or directory"));
  for (const std::string text :
       {"model_checkpoint_path:", "model_checkpoint_path: \"v1.ckpt", "model_checkpoint_path: \"\"",
        "model_checkpoint_path: \"a\\", "model_checkpoint_path: \".\"", "model_checkpoint_path: \"a\\000b\""}) {
    INFO(text);
    state(text);
    CHECK(result() != "");
  }
}

TEST_CASE("convert: damaged checkpoints are refused or read, never overrun") {
  check_damaged(content(fixture("tensorflow/v1_blocks.ckpt")), read_tensorflow);
  const auto with_shards = [](std::span<const std::byte> bytes, Source& source) {
    source.label = "v2_blocks.index";
    source.open_beside = [&](const std::string& name) {
      auto shard = std::make_shared<const MappedFile>(fixture("tensorflow") / name);
      source.storage.push_back(shard);
      return shard->bytes();
    };
    read_tensorflow(bytes, source);
  };
  check_damaged(content(fixture("tensorflow/v2_blocks.index")), with_shards);
  check_damaged(content(fixture("tensorflow/object/model-1.index")), with_shards);
}

TEST_CASE("convert: damage that the checksums of a table do not show") {
  std::vector<TableRow> v1;
  std::vector<TableRow> v2_rows;
  for (auto [name, rows] : {std::pair("tensorflow/v1.ckpt", &v1), std::pair("tensorflow/v2.index", &v2_rows)}) {
    const auto bytes = block(content(fixture(name)));
    std::vector<std::shared_ptr<const void>> storage;
    const std::string label = name;
    Table(bytes, label, storage).for_each([rows = rows](std::string_view key, std::span<const std::byte> value) {
      rows->emplace_back(key, bytes_of(value));
    });
  }
  const Files shards{{"t.data-00000-of-00002", content(fixture("tensorflow/v2.data-00000-of-00002"))},
                     {"t.data-00001-of-00002", content(fixture("tensorflow/v2.data-00001-of-00002"))}};
  check_tensors(read(table_of(v1)), kV1);
  check_tensors(read(table_of(v2_rows), shards), v2());
  const auto sealed_again = [&](std::span<const std::byte> bytes, Source& source) {
    source = read(table_of_block(bytes_of(bytes)), shards);
  };
  check_damaged(block_of(v1), sealed_again);
  check_damaged(block_of(v2_rows), sealed_again);
}

TEST_CASE("convert: tables that are none") {
  const std::vector<TableRow> rows{{"", kHeader}};
  const std::string good = block_of(rows);
  CHECK(problem(table_of(rows)) == "");
  CHECK_THAT(problem(std::string(kTableMagic)), Contains("cut off"));
  CHECK_THAT(problem(footer(0, 0)), Contains("a block of 0 bytes at 0 of 48"));
  CHECK_THAT(problem(footer(UINT64_MAX, UINT64_MAX)), Contains("a block of 18446744073709551615 bytes"));
  CHECK_THAT(problem(sealed(good) + footer(0, 1 << 30)), Contains("a block of 1073741824 bytes"));
  CHECK_THAT(problem(table_of_block("")), Contains("a block of 0 bytes has 0 restarts"));
  CHECK_THAT(problem(table_of_block(u32(0))), Contains("has 0 restarts"));
  CHECK_THAT(problem(table_of_block(u32(0) + u32(UINT32_MAX))), Contains("has 4294967295 restarts"));
  CHECK_THAT(problem(table_of_block(u32(0) + u32(2))), Contains("has 2 restarts"));
  CHECK_THAT(problem(table_of_block(good, 2)), Contains("is compressed by 2, which is not Snappy"));
  CHECK_THAT(problem(table_of({})), Contains("no TensorFlow checkpoint"));
  CHECK_THAT(problem(table_of({{"a", "b"}})), Contains("no TensorFlow checkpoint"));
  CHECK_THAT(problem(table_of({{"", kHeader}, {"b", ""}, {"a", ""}})), Contains("keys are out of order"));
  CHECK_THAT(problem(table_of({{"", kHeader}, {"a", ""}, {"a", ""}})), Contains("keys are out of order"));
  CHECK_THAT(problem(table_of_block(varint(1) + varint(0) + varint(0) + u32(0) + u32(1))), Contains("out of order"));
  CHECK_THAT(problem(table_of_block(varint(0) + varint(1ULL << 63) + varint(0) + u32(0) + u32(1))),
             Contains("leaves its block"));
  CHECK_THAT(problem(table_of_block(std::string(20, '\xFF') + u32(0) + u32(1))), Contains("leaves its block"));

  // Two entries of the index for one block.
  const std::string place = varint(0) + varint(good.size());
  const std::string twice = block_of({{"a", place}, {"b", place}});
  CHECK_THAT(problem(sealed(good) + sealed(twice) + footer(good.size() + 5, twice.size())), Contains("a block of"));

  std::string packed;
  snappy::Compress(good.data(), good.size(), &packed);
  CHECK(problem(table_of_block(packed, 1)) == "");
  CHECK_THAT(problem(table_of_block(varint(UINT32_MAX) + packed, 1)), Contains("no believable size"));
  CHECK_THAT(problem(table_of_block("", 1)), Contains("no believable size"));
  CHECK_THAT(problem(table_of_block(varint(60) + packed, 1)), Contains("not Snappy's"));
}

TEST_CASE("convert: a table may not unfold to much more than its size") {
  std::vector<TableRow> rows{{"", kHeader}};
  const std::string common(100'000, 'n');
  for (int i = 0; i < 1000; ++i) rows.emplace_back(common + fmt::format("{:03}", i), field(1, 3));
  CHECK_THAT(problem(table_of(rows)), Contains("unfolds to more than"));
}

TEST_CASE("convert: V2 checkpoints that contradict themselves") {
  const std::string values = floats({0, 1, 2, 3, 4, 5});
  const Files files{{kShard, values}};
  const auto with = [&](const std::string& value) { return problem(table_of({{"", kHeader}, {"v", value}}), files); };
  CHECK(with(entry({2, 3}, 0, values)) == "");
  CHECK_THAT(with(entry({2, 2}, 0, values)), Contains("v of F32 2x2 has 24 bytes, expected 16"));
  CHECK_THAT(with(entry({2, UINT64_MAX}, 0, values)), Contains("which no file can hold"));
  CHECK_THAT(with(entry({}, 0, "")), Contains("v of F32 scalar has 0 bytes, expected 4"));
  CHECK_THAT(with(entry({2, 3}, 1, values)), Contains("v has 24 bytes at 1 of shard 0, which has 24"));
  CHECK_THAT(with(entry({2, 3}, UINT64_MAX, values)), Contains("of shard 0, which has 24"));
  CHECK_THAT(with(entry({1}, 0, floats({7}))), Contains("the values of v are damaged"));
  CHECK_THAT(with(entry({2, 3}, 0, values, 1)), Contains("in shard 1 of 1"));
  CHECK_THAT(with(std::string("\xFF")), Contains("a message is no message"));
  std::vector<std::uint64_t> ranks(255, 1);
  CHECK_THAT(with(entry(ranks, 0, floats({0}))), Contains("a message is no message"));
  ranks.resize(254);
  CHECK_THAT(with(entry(ranks, 0, floats({0}))), Contains("254 extents, expected at most 32"));
  CHECK_THAT(problem(table_of({{"", field(1, 2) + field(2, 1)}})), Contains("big-endian"));
  CHECK_THAT(problem(table_of({{"", kHeader}, {"v", entry({2, 3}, 0, values)}})), Contains(kShard + ": No such file"));
  const std::string two =
      table_of({{"", kHeader}, {"v", entry({2, 3}, 0, values)}, {"w", entry({1}, 20, floats({5}))}});
  CHECK_THAT(problem(two, files), Contains("two variables lie at 20 of shard 0"));

  // The slices of one variable: their keys are numbers and text in bytes that sort.
  const auto key = [](int start, int length) {
    return std::string("\0v\0\1\1\1", 6) + static_cast<char>(0x80 + start) + static_cast<char>(0x80 + length);
  };
  const auto sliced = [&](const std::string& slices, const std::vector<TableRow>& stored) {
    std::vector<TableRow> rows{{"", kHeader}};
    rows.insert(rows.end(), stored.begin(), stored.end());
    rows.emplace_back("v", field(1, 1) + field(2, shape({6})) + slices);
    return table_of(rows);
  };
  const TableRow low{key(0, 4), entry({4}, 0, floats({0, 1, 2, 3}))};
  const TableRow high{key(4, 2), entry({2}, 16, floats({4, 5}))};
  const TableRow middle{key(3, 2), entry({2}, 16, floats({4, 5}))};
  const auto slice = [](std::uint64_t start, std::uint64_t length) { return field(7, cut(start, length)); };
  check_tensors(read(sliced(slice(4, 2) + slice(0, 4), {low, high}), files), {{"v", "F32", {6}}});
  CHECK_THAT(problem(sliced(slice(0, 4) + slice(4, 2), {low}), files), Contains("a slice of v is missing"));
  CHECK_THAT(problem(sliced(slice(0, 4) + slice(0, 4), {low}), files), Contains("a slice of v is missing"));
  CHECK_THAT(problem(sliced(slice(0, 4), {low}), files),
             Contains("the slices of v have 16 bytes in all, which is not F32 6"));
  CHECK_THAT(problem(sliced(slice(0, 4) + slice(3, 2), {low, middle}), files), Contains("the slices of v overlap"));
  CHECK_THAT(problem(sliced(slice(0, 7), {low}), files), Contains("a message is no message"));
  CHECK_THAT(problem(sliced(slice(7, 0), {low}), files), Contains("a message is no message"));
  CHECK_THAT(problem(sliced(slice(UINT64_MAX, 1), {low}), files), Contains("a message is no message"));
  const TableRow large{key(0, 4), entry({4}, 0, floats({0, 1}))};
  const TableRow small{key(4, 2), entry({2}, 8, floats({2, 3, 4, 5}))};
  CHECK_THAT(problem(sliced(slice(0, 4) + slice(4, 2), {large, small}), files),
             Contains("a slice of v has 8 bytes, expected 16"));
}

TEST_CASE("convert: V1 checkpoints that contradict themselves") {
  const std::string values = floats({0, 1, 2, 3, 4, 5});
  const auto with = [&](const std::vector<std::string>& stored) {
    std::vector<TableRow> rows{{"", meta("v", {2, 3})}};
    for (const std::string& value : stored) rows.emplace_back(fmt::format("{}", rows.size()), value);
    return problem(table_of(rows));
  };
  CHECK(with({data("v", kWhole + kWhole, values)}) == "");
  CHECK(with({data("v", kWhole + cut(0, 1), floats({0, 3})), data("v", kWhole + cut(1, 2), floats({1, 2, 4, 5}))}) ==
        "");
  CHECK_THAT(with({}), Contains("the slices of v have 0 bytes in all, which is not F32 2x3"));
  CHECK_THAT(with({data("v", kWhole + kWhole, values.substr(4))}), Contains("has 20 bytes, expected 24"));
  CHECK_THAT(with({data("w", kWhole + kWhole, values)}), Contains("it has values of w, but no such variable"));
  CHECK_THAT(with({data("v", kWhole, values)}), Contains("a message is no message"));
  CHECK_THAT(with({data("v", kWhole + kWhole + kWhole, values)}), Contains("a message is no message"));
  CHECK_THAT(with({data("v", cut(0, 1) + kWhole, values.substr(12)), data("v", cut(0, 1) + kWhole, values.substr(12))}),
             Contains("the slices of v overlap"));
  // A scalar has no slices.
  CHECK_THAT(
      problem(table_of({{"", meta("v", {})}, {"a", data("v", "", values.substr(20))}, {"b", data("v", "", "")}})),
      Contains("the slices of v have 4 bytes in all, which is not F32 scalar"));
  CHECK_THAT(problem(table_of({{"", meta("v", {2, 3}) + meta("v", {2, 3})}})), Contains("a message is no message"));
  CHECK_THAT(problem(table_of({{"", meta("", {2, 3})}})), Contains("a message is no message"));
}
