// The readers of stylize-weights: what they find in small files, and that damaged ones are refused.
#include "tests/readers.h"

using namespace impasto;
using namespace impasto::test;

TEST_CASE("convert: an ONNX file gives its initialisers, however their values are stored") {
  const Source source = read_source(fixture("small.onnx"));
  CHECK(source.format == Format::onnx);
  CHECK(source.metadata.at("producer") == "fixtures 1");
  check_tensors(source, {{"raw.w", "F32", {4, 3, 2, 5}},
                         {"listed", "F32", {3}},
                         {"half", "F16", {2, 2}},
                         {"half_listed", "F16", {2, 2}},
                         {"bfloat", "BF16", {2}},
                         {"ints", "I64", {2}},
                         {"scalar", "F32", {}}});
}

TEST_CASE("convert: a TFLite file gives its constants and no activations") {
  const Source source = read_source(fixture("small.tflite"));
  CHECK(source.format == Format::tflite);
  CHECK(source.metadata.at("description") == "fixture");
  check_tensors(source, {{"conv2d/Kernel", "F16", {4, 2, 5, 3}},
                         {"conv2d/Bias", "F16", {4}},
                         {"depthwise_conv2d_3/Kernel", "F16", {1, 2, 5, 3}},
                         {"single", "F32", {2, 3}},
                         {"size", "I32", {2}},
                         {"quantised", "I8", {2, 2}}});
}

TEST_CASE("convert: a manifest is read with its files, as a folder or by its name") {
  const test::TempDir dir;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(dir / name, std::ios::binary) << text;
  };
  const auto floats = [](std::int64_t count) {
    const std::vector<float> values = counting(count);
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  };
  write("a", floats(2 * 5 * 3 * 4));
  write("b.bin", floats(3));
  const std::string manifest =
      R"( {"V_2": {"filename": "b.bin", "shape": [3]}, "V": {"filename": "a", "shape": [2,5,3,4]}})";
  write("manifest.json", manifest);
  const std::vector<Expected> expected{{"V", "F32", {2, 5, 3, 4}}, {"V_2", "F32", {3}}};
  const std::string text = manifest + floats(2 * 5 * 3 * 4) + floats(3);
  for (const std::filesystem::path& path : {dir.path(), dir / "manifest.json"}) {
    const Source source = read_source(path);
    CHECK(source.format == Format::deeplearnjs);
    check_tensors(source, expected);
    CHECK(source.sha256 == sha256(std::vector{std::span<const std::byte>(block(text))}));
  }

  const auto problem = [&](const std::string& entry) -> std::string {
    write("manifest.json", R"({"V": )" + entry + "}");
    try {
      static_cast<void>(read_source(dir.path()));
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  using Catch::Contains;
  CHECK_THAT(problem("7"), Contains("needs a filename and a shape"));
  CHECK_THAT(problem(R"({"filename": "a"})"), Contains("needs a filename and a shape"));
  CHECK_THAT(problem(R"({"filename": 1, "shape": [1]})"), Contains("needs a filename and a shape"));
  CHECK_THAT(problem(R"({"filename": "../a", "shape": [120]})"), Contains("expected one beside the manifest"));
  CHECK_THAT(problem(R"({"filename": "", "shape": [120]})"), Contains("expected one beside the manifest"));
  CHECK_THAT(problem(R"({"filename": "a\u0000", "shape": [120]})"), Contains("expected one beside the manifest"));
  CHECK_THAT(problem(R"({"filename": "none", "shape": [1]})"), Contains("none: No such file"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [-120]})"), Contains("not all whole numbers"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [1.5]})"), Contains("not all whole numbers"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [18446744073709551615]})"), Contains("not all whole numbers"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [4611686018427387904, 4]})"), Contains("no file can hold"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [119]})"), Contains("has 480 bytes, expected 476"));
  CHECK_THAT(problem(R"({"filename": "a", "shape": [120])"), Contains("is not JSON"));
  CHECK_THAT(problem(std::string(500'000, '[')), Contains("is not JSON"));
  CHECK_THAT(problem(std::string(2'000'000, ' ') + "1"), Contains("expected at most"));
}

TEST_CASE("convert: damaged files are refused or read, never overrun") {
  check_damaged(content(fixture("small.onnx")), read_onnx);
  check_damaged(content(fixture("small.tflite")), read_tflite);
  const test::TempDir dir;
  std::ofstream(dir / "a") << "abcd";
  const std::string four = "abcd";
  check_damaged(R"({"V": {"filename": "a", "shape": [1]}})", [&](std::span<const std::byte> bytes, Source& source) {
    source.open_beside = [&](const std::string&) { return std::as_bytes(std::span(four)); };
    read_deeplearnjs(bytes, source);
  });
}

TEST_CASE("convert: files of no known format are refused") {
  const test::TempDir dir;
  std::ofstream(dir / "text") << "Once upon a time\n";
  std::ofstream(dir / "one") << "x";
  std::ofstream(dir / "spaces") << "      ";
  std::filesystem::create_directory(dir / "folder");
  for (const std::string name : {"text", "one", "spaces"}) {
    CHECK_THROWS_WITH(read_source(dir / name), Catch::Contains("is not a safetensors, ONNX or TFLite file"));
  }
  CHECK_THROWS_WITH(read_source(dir / "folder"), Catch::EndsWith("manifest.json: No such file or directory"));
  CHECK_THROWS_WITH(read_source(dir / "none"), Catch::EndsWith("none: No such file or directory"));
}

TEST_CASE("convert: SHA-256 is the standard's") {
  const auto abc = block("abc");
  const auto parts = std::vector<std::span<const std::byte>>{std::span(abc).first(1), std::span(abc).subspan(1)};
  CHECK(sha256(parts) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
