// Safetensors files: which bytes are refused, and why; what is written comes back.
#include "runtime/error.h"
#include "runtime/weights.h"
#include "tests/support.h"

#include <sys/stat.h>

#include <cstring>
#include <fstream>

using namespace impasto;

namespace {

std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(data_bytes, 'x');
}

// The error for these bytes, "" if they are accepted. The bytes are copied to an exact block, for AddressSanitizer.
std::string problem(const std::string& file) {
  const std::vector<char> bytes(file.begin(), file.end());
  try {
    static_cast<void>(Weights::view(std::as_bytes(std::span(bytes)), "w"));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

struct Corrupt {
  std::string header;
  std::size_t data;
  std::string expected;  // part of the message
};

}  // namespace

TEST_CASE("safetensors: valid files are accepted") {
  const std::vector<std::pair<std::string, std::size_t>> files{
      {"{}", 0},
      {"{}     ", 0},
      {R"({"__metadata__":{}})", 0},
      {R"({"__metadata__":{"a":"b","":"\u00e9\ud83d\ude00"},"t":)" + tensor("F32", "[2,3]", "[0,24]") + "}", 24},
      {R"({"scalar":)" + tensor("F32", "[]", "[0,4]") + "}", 4},
      {R"({"nothing":)" + tensor("F32", "[0,5]", "[0,0]") + "}", 0},
      {R"({"b":)" + tensor("F16", "[3]", "[4,10]") + R"(,"a":)" + tensor("F32", "[1]", "[0,4]") + "}", 10},
      {R"({"b":)" + tensor("I64", "[1]", "[0,8]") + R"(,"f4":)" + tensor("F4", "[2]", "[8,9]") + "}", 9},
      {R"({"e1":)" + tensor("U8", "[0]", "[4,4]") + R"(,"a":)" + tensor("BF16", "[2]", "[0,4]") + R"(,"e0":)" +
           tensor("BOOL", "[0]", "[0,0]") + "}",
       4},
  };
  for (const auto& [header, data] : files) {
    INFO(header);
    CHECK(problem(file_of(header, data)) == "");
  }
}

TEST_CASE("safetensors: corrupt headers are refused with their reason") {
  const std::string good = tensor("F32", "[1]", "[0,4]");
  const std::vector<Corrupt> table{
      {"", 4, "does not begin with {"},
      {" {}", 0, "does not begin with {"},
      {"[]", 0, "does not begin with {"},
      {"\xEF\xBB\xBF{}", 0, "does not begin with {"},
      {"{", 0, "not UTF-8 JSON"},
      {"{}{}", 0, "not UTF-8 JSON"},
      {"{} x", 0, "not UTF-8 JSON"},
      {std::string("{}\0\0", 4), 0, "zero byte"},
      {std::string("{}\0{\"t\"", 7), 0, "zero byte"},
      {"{/**/}", 0, "not UTF-8 JSON"},
      {R"({"t":)" + good + ",}", 4, "not UTF-8 JSON"},
      {"{\"\xFF\":" + good + "}", 4, "not UTF-8 JSON"},
      {"{\"\xC0\xAF\":" + good + "}", 4, "not UTF-8 JSON"},
      {R"({"\ud800":)" + good + "}", 4, "not UTF-8 JSON"},
      {R"({"t":)" + good + R"(,"t":)" + good + "}", 4, "twice"},
      {R"({"t":)" + good + R"(,"\u0074":)" + good + "}", 4, "twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", 0, "twice"},
      {R"({"__metadata__":{"a":"1","a":"2"}})", 0, "twice"},
      {R"({"__metadata__":{"a":1}})", 0, "a number as a value of __metadata__"},
      {R"({"__metadata__":{"a":{}}})", 0, "an object as a value of __metadata__"},
      {R"({"__metadata__":[]})", 0, "an array"},
      {R"({"t":null})", 0, "null"},
      {R"({"t":[]})", 0, "an array"},
      {R"({"t":"F32"})", 0, "a string"},
      {R"({"t":{}})", 0, "needs dtype, shape and data_offsets"},
      {R"({"t":{"dtype":"F32","shape":[1]}})", 4, "needs dtype, shape and data_offsets"},
      {R"({"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "\"dtype\" twice"},
      {R"({"t":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4, "\"shape\" twice"},
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "unknown key \"x\""},
      {R"({"t":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4, "a number as a dtype"},
      {R"({"t":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}})", 4, "an array as a dtype"},
      {R"({"t":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "a number as a shape"},
      {R"({"t":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, "an array as a shape"},
      {R"({"t":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4, "a string as a shape"},
      {R"({"t":)" + tensor("f32", "[1]", "[0,4]") + "}", 4, "unknown dtype \"f32\""},
      {R"({"t":)" + tensor("F33", "[1]", "[0,4]") + "}", 4, "unknown dtype \"F33\""},
      {R"({"t":)" + tensor("F32", "[-1]", "[0,4]") + "}", 4, "a negative number"},
      {R"({"t":)" + tensor("F32", "[1.0]", "[0,4]") + "}", 4, "no 64-bit integer"},
      {R"({"t":)" + tensor("F32", "[1e0]", "[0,4]") + "}", 4, "no 64-bit integer"},
      {R"({"t":)" + tensor("F32", "[18446744073709551616]", "[0,4]") + "}", 4, "no 64-bit integer"},
      {R"({"t":)" + tensor("F32", "[true]", "[0,4]") + "}", 4, "a boolean"},
      {R"({"t":)" + tensor("F32", "[18446744073709551615]", "[0,4]") + "}", 4, "no file can hold"},
      {R"({"t":)" + tensor("F32", "[4611686018427387904]", "[0,0]") + "}", 0, "no file can hold"},
      {R"({"t":)" + tensor("F32", "[4294967296,4294967296,0]", "[0,0]") + "}", 0, "no file can hold"},
      {R"({"t":)" + tensor("F32", "[2]", "[0,4]") + "}", 4, "has 4 bytes of data, expected 8"},
      {R"({"t":)" + tensor("F32", "[]", "[0,0]") + "}", 0, "has 0 bytes of data, expected 4"},
      {R"({"t":)" + tensor("F4", "[3]", "[0,1]") + "}", 1, "bytes of data"},
      {R"({"t":)" + tensor("F32", "[1]", "[0]") + "}", 4, "has 1 data_offsets, expected 2"},
      {R"({"t":)" + tensor("F32", "[1]", "[0,4,8]") + "}", 4, "more than 2 numbers"},
      {R"({"t":)" + tensor("F32", "[1]", "[4,0]") + "}", 4, "data_offsets 4..0"},
      {R"({"t":)" + tensor("F32", "[1]", "[0,4]") + "}", 3, "the file has 3 bytes"},
      {R"({"t":)" + tensor("F32", "[1]", "[0,4]") + "}", 5, "1 bytes after the last tensor"},
      {R"({"t":)" + tensor("F32", "[1]", "[1,5]") + "}", 5, "starts at byte 1"},
      {R"({"t":)" + tensor("F32", "[1]", "[18446744073709551612,18446744073709551615]") + "}", 4, "data_offsets"},
      {R"({"a":)" + good + R"(,"b":)" + tensor("F32", "[1]", "[0,4]") + "}", 4, "no overlap"},
      {R"({"a":)" + good + R"(,"b":)" + tensor("F32", "[1]", "[2,6]") + "}", 6, "no overlap"},
      {R"({"a":)" + good + R"(,"b":)" + tensor("F32", "[1]", "[8,12]") + "}", 12, "no hole"},
      {R"({"a":)" + good + R"(,"b":)" + tensor("F32", "[0]", "[2,2]") + "}", 4, "starts at byte 2"},
      {"{}", 1, "1 bytes after the last tensor"},
      {R"({"t":)" + tensor("F32", "[" + repeated("1,", 32) + "1]", "[0,4]") + "}", 4, "more than 32 numbers"},
      {R"({"t":)" + repeated("[", 1'000'000) + "}", 0, "an array"},
      {repeated(R"({"t":)", 100'000) + "}", 0, "unknown key \"t\""},
  };
  for (const Corrupt& c : table) {
    INFO(c.header.substr(0, 200));
    const std::string message = problem(file_of(c.header, c.data));
    INFO(message);
    CHECK(message.find(c.expected) != std::string::npos);
    CHECK(message.starts_with("w: "));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.size() < 300);
  }
}

TEST_CASE("safetensors: lengths that do not fit the file are refused") {
  CHECK(problem("").find("too short") != std::string::npos);
  CHECK(problem("1234567").find("too short") != std::string::npos);
  CHECK(problem(std::string(8, '\0')) != "");
  CHECK(problem(std::string(8, '\xFF')).find("cut off") != std::string::npos);
  const std::string whole = file_of(R"({"t":)" + tensor("F32", "[2,3]", "[0,24]") + "}", 24);
  REQUIRE(problem(whole) == "");
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(problem(whole.substr(0, size)) != "");
  // A header longer than the format allows, in a (sparse) file that is long enough, is refused by its length alone.
  const test::TempDir dir;
  const std::uint64_t length = 100'000'001;
  std::ofstream(dir / "large", std::ios::binary).write(reinterpret_cast<const char*>(&length), sizeof length);
  std::filesystem::resize_file(dir / "large", length + 1000);
  CHECK_THROWS_WITH(Weights::open(dir / "large"), Catch::Contains("its header would have 100000001 bytes"));
}

TEST_CASE("safetensors: no single changed byte is read out of bounds") {
  const std::string whole = file_of(R"({"__metadata__":{"k":"v"},"b":)" + tensor("F16", "[3]", "[4,10]") + R"(,"a":)" +
                                        tensor("F32", "[1]", "[0,4]") + "}",
                                    10);
  for (std::size_t i = 0; i < whole.size() - 10; ++i) {
    for (const char c : {'\0', '\xFF', '"', '{', '}', '[', ']', ',', '0', '9', '-', ' ', '\x80'}) {
      std::string changed = whole;
      changed[i] = c;
      const std::vector<char> bytes(changed.begin(), changed.end());
      try {
        const Weights weights = Weights::view(std::as_bytes(std::span(bytes)), "w");
        for (const WeightView& t : weights.tensors()) {
          if (is_float(t.dtype)) static_cast<void>(to_floats(t));
        }
      } catch (const Error&) {  // refused: fine
      }
    }
  }
}

TEST_CASE("safetensors: files that are no files have clear errors") {
  const test::TempDir dir;
  const auto error_of = [](const std::filesystem::path& file) -> std::string {
    try {
      static_cast<void>(Weights::open(file));
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  std::ofstream(dir / "empty").flush();
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(error_of(dir / "none") == (dir / "none").string() + ": No such file or directory");
  CHECK(error_of(dir / "empty") == (dir / "empty").string() + ": is empty");
  CHECK(error_of(dir / "fifo") == (dir / "fifo").string() + ": is not a regular file");
  CHECK(error_of(dir.path()) == dir.path().string() + ": is not a regular file");
}

TEST_CASE("safetensors: what is written is read back, and the same input gives the same bytes") {
  const test::TempDir dir;
  const std::vector<float> a = test::random_floats(6, 1);
  const std::vector<std::uint16_t> b{0x3C00, 0x0001, 0xFC00};
  const auto bytes = [](const auto& values) {
    const auto span = std::as_bytes(std::span(values));
    return std::vector<std::byte>(span.begin(), span.end());
  };
  const std::vector<NamedTensor> tensors{{"z", DType::f32, {2, 3}, bytes(a)}, {"a\"\n", DType::f16, {3, 1}, bytes(b)}};
  const std::map<std::string, std::string> metadata{{"net", "n"}, {"source", "caf\xC3\xA9 \xFF"}};
  write_safetensors(dir / "one", tensors, metadata);
  write_safetensors(dir / "two", tensors, metadata);
  write_safetensors(dir / "two", tensors, metadata);  // over what is there

  const Weights weights = Weights::open(dir / "one");
  REQUIRE(weights.tensors().size() == 2);
  CHECK(weights.metadata().at("net") == "n");
  CHECK(weights.metadata().at("source") == "caf\xC3\xA9 \xEF\xBF\xBD");
  CHECK(to_floats(weights.get("z", std::vector<std::int64_t>{2, 3})) == a);
  const WeightView half = weights.get("a\"\n", std::vector<std::int64_t>{3, 1});
  CHECK(half.file_type == "F16");
  CHECK(bytes(std::vector(half.data.begin(), half.data.end())) == bytes(b));

  const auto content = [](const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  CHECK(content(dir / "one") == content(dir / "two"));
  std::uint64_t header = 0;
  std::memcpy(&header, content(dir / "one").data(), sizeof header);
  CHECK(header % 8 == 0);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 2);  // nothing half-written is left

  CHECK_THROWS_WITH(write_safetensors(dir / "no/such", tensors, metadata),
                    Catch::EndsWith("No such file or directory"));
  CHECK_THROWS_WITH(write_safetensors(dir.path(), tensors, metadata), Catch::EndsWith("is not a regular file"));
  CHECK_THROWS_AS(write_safetensors("/dev/null", tensors, metadata), Error);
}
