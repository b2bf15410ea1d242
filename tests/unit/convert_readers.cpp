// The readers of stylize-weights: what they find in small files, and what they refuse. (Damaged files:
// convert_corpus.cpp.)
#include "tests/readers.h"
#include "tests/table_writer.h"

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

TEST_CASE("convert: ONNX values in another file are read from there, if it lies beside") {
  const TempDir dir;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(dir / name, std::ios::binary) << text;
  };
  const std::vector<float> values = counting(6);
  write("m.data", "abc" + bytes_of(std::as_bytes(std::span(values))));
  // One initialiser of 2x3 floats; the rest says where they are.
  const auto model = [&](const std::vector<std::pair<std::string, std::string>>& external) {
    std::string tensor = field(1, 2) + field(1, 3) + field(2, 1) + field(8, "w") + field(14, 1);
    for (const auto& [key, value] : external) tensor += field(13, field(1, key) + field(2, value));
    write("m.onnx", field(1, 8) + field(7, field(5, tensor)));
  };
  const auto problem = [&](const std::vector<std::pair<std::string, std::string>>& external) -> std::string {
    model(external);
    try {
      check_tensors(read_source(dir / "m.onnx"), {{"w", "F32", {2, 3}}});
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  using Catch::Contains;
  CHECK(problem({{"location", "m.data"}, {"offset", "3"}, {"length", "24"}}) == "");
  CHECK(problem({{"location", "m.data"}, {"offset", "3"}, {"checksum", "x"}}) == "");
  CHECK_THAT(problem({{"location", "m.data"}}), Contains("w of F32 2x3 has 27 bytes, expected 24"));
  CHECK_THAT(problem({{"location", "m.data"}, {"offset", "4"}, {"length", "24"}}),
             Contains("w has 24 bytes at 4 of m.data, which has 27"));
  CHECK_THAT(problem({{"location", "m.data"}, {"offset", "28"}}), Contains("which has 27"));
  CHECK_THAT(problem({{"location", "m.data"}, {"offset", "18446744073709551615"}, {"length", "18446744073709551615"}}),
             Contains("which has 27"));
  for (const std::string number : {"-1", "", "1x", "18446744073709551616"}) {
    CHECK_THAT(problem({{"location", "m.data"}, {"offset", number}}), Contains("it is damaged"));
  }
  for (const std::string name : {"", "..", "../m.data", "/etc/passwd"}) {
    CHECK_THAT(problem({{"location", name}}), Contains("expected one beside this one"));
  }
  CHECK_THAT(problem({{"location", "none"}}), Contains("none: No such file or directory"));

  model({{"location", "m.data"}});
  const std::vector<std::byte> alone = block(content(dir / "m.onnx"));
  Source source;
  CHECK_THROWS_WITH(read_onnx(alone, source), Contains("files beside this one cannot be read"));
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
