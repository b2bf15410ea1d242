// Pictures: guarantees of the contract, sizes, views, reports.
#include "tests/cli/stylize_program.h"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = (folder / "in.png").string();
  std::string out = (folder / "out.png").string();
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  // Runs on a picture of this size and gives the result.
  Image paint(int height, int width, int channels, std::vector<std::string> words) {
    write_png(in, make_image(height, width, channels));
    words.insert(words.begin(), {in, out, "-y"});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(out);
  }
};

std::vector<std::uint8_t> channel(const Image& image, int c) {
  std::vector<std::uint8_t> samples;
  for (std::size_t i = c; i < image.samples.size(); i += image.channels) samples.push_back(image.samples[i]);
  return samples;
}

}  // namespace

TEST_CASE("strength 0 without a matte copies an 8-bit picture bit for bit") {
  Fixture f;
  for (const auto& [height, width] : {std::pair{33, 47}, {1, 1}, {16, 16}, {2, 301}}) {
    const Image out = f.paint(height, width, 3, {"--strength", "0", "--matte", "none"});
    CHECK(out.channels == 3);
    CHECK(out.samples == make_image(height, width, 3).samples);
  }
}

TEST_CASE("alpha is carried through untouched") {
  Fixture f;
  const Image copied = f.paint(31, 45, 4, {"--strength", "0", "-m", "none"});
  CHECK(copied.channels == 4);
  CHECK(copied.samples == make_image(31, 45, 4).samples);
  const Image painted = f.paint(31, 45, 4, {"-s", "3", "-m", "none"});
  CHECK(painted.channels == 4);
  CHECK(channel(painted, 3) == channel(make_image(31, 45, 4), 3));
  CHECK(channel(painted, 0) != channel(make_image(31, 45, 4), 0));
}

TEST_CASE("every size works and is kept") {
  Fixture f;
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 7}, {5, 1}, {3, 4}, {16, 16}, {17, 31}, {10, 2000}}) {
    INFO(width << "x" << height);
    const Image out = f.paint(height, width, 3, {"-s", "13"});
    CHECK(out.height == height);
    CHECK(out.width == width);
  }
}

TEST_CASE("a picture of 40000x10 works") {
  Fixture f;
  const Image out = f.paint(10, 40000, 3, {"-s", "5"});
  CHECK(out.height == 10);
  CHECK(out.width == 40000);
}

TEST_CASE("the same command gives the same bytes") {
  Fixture f;
  for (const char* precision : {"auto", "fp32"}) {
    f.paint(50, 70, 3, {"-s", "7:0.5,19:0.5", "--precision", precision});
    const std::string first = read_file(f.out);
    f.paint(50, 70, 3, {"-s", "7:0.5,19:0.5", "--precision", precision});
    CHECK(read_file(f.out) == first);
  }
}

TEST_CASE("views stand side by side, in the order input, matte, painting, result") {
  Fixture f;
  const Image source = make_image(21, 33, 3);
  const Image comp = f.paint(21, 33, 3, {"--view", "comp"});
  CHECK(comp.width == 33);
  CHECK(f.paint(21, 33, 3, {"--view", "matte"}).width == 33);
  CHECK(f.paint(21, 33, 3, {"--view", "styled"}).width == 33);
  const Image side = f.paint(21, 33, 3, {"--view", "side"});
  const Image four = f.paint(21, 33, 3, {"--view", "4up"});
  CHECK(side.width == 66);
  CHECK(four.width == 132);
  CHECK(four.height == 21);
  const auto tile = [](const Image& image, int index) {
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < image.height; ++y) {
      const auto row = image.samples.begin() + (y * image.width + index * 33) * 3;
      samples.insert(samples.end(), row, row + 33 * 3);
    }
    return samples;
  };
  CHECK(tile(side, 0) == source.samples);
  CHECK(tile(side, 1) == comp.samples);
  CHECK(tile(four, 0) == source.samples);
  CHECK(tile(four, 3) == comp.samples);
}

TEST_CASE("without a matte the person is everywhere") {
  Fixture f;
  const Image frame = f.paint(24, 36, 3, {"-m", "none", "--apply", "frame"});
  CHECK(f.paint(24, 36, 3, {"-m", "none"}).samples == frame.samples);
  CHECK(f.paint(24, 36, 3, {"-m", "none", "--apply", "background"}).samples == make_image(24, 36, 3).samples);
  const Image matte = f.paint(24, 36, 3, {"-m", "none", "--view", "matte"});
  CHECK(std::all_of(matte.samples.begin(), matte.samples.end(), [](std::uint8_t v) { return v == 255; }));
}

TEST_CASE("what is behind the person can be a colour or a picture") {
  Fixture f;
  // A matte threshold of 1 with a hard edge finds nobody in noise, so that all is background.
  const std::vector<std::string> nobody{"--matte-threshold", "1", "--matte-softness", "0"};
  auto words = nobody;
  words.insert(words.end(), {"--bg", "#204060"});
  const Image flat = f.paint(20, 30, 3, words);
  for (std::size_t i = 0; i < flat.samples.size(); i += 3) {
    CHECK((flat.samples[i] == 0x20 && flat.samples[i + 1] == 0x40 && flat.samples[i + 2] == 0x60));
  }
  const Image picture = make_image(20, 30, 3, 9);
  write_png(f.file("bg.png"), picture);
  words = nobody;
  words.insert(words.end(), {"--bg", f.file("bg.png")});
  CHECK(f.paint(20, 30, 3, words).samples == picture.samples);
  // Twice as wide: the middle is kept.
  write_png(f.file("wide.png"), make_image(20, 60, 3, 9));
  words.back() = f.file("wide.png");
  const Image middle = f.paint(20, 30, 3, words);
  CHECK(middle.samples[0] == make_image(20, 60, 3, 9).samples[15 * 3]);
}

TEST_CASE("the matte can be written too") {
  Fixture f;
  const Image matte = f.paint(24, 36, 3, {"--view", "matte"});
  f.paint(24, 36, 3, {"--output-alpha", f.file("alpha.png")});
  const Image alpha = read_image(f.file("alpha.png"));
  CHECK(alpha.channels == 1);
  CHECK(alpha.samples == channel(matte, 0));
}

TEST_CASE("JPEG in and out") {
  Fixture f;
  write_png(f.in, make_image(40, 60, 3));
  REQUIRE(stylize({f.in, f.file("out.jpg"), "-s", "2"}).code == 0);
  REQUIRE(stylize({f.file("out.jpg"), f.out, "-s", "2"}).code == 0);
  CHECK(read_image(f.out).width == 60);
}

TEST_CASE("the record has the keys of the contract") {
  Fixture f;
  write_png(f.in, make_image(24, 40, 3));
  const Finished done = stylize({f.in, f.out, "--json", "-s", "7:0.6,19:0.4", "--precision", "fp32"});
  REQUIRE(done.code == 0);
  CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 1);
  const auto record = nlohmann::json::parse(done.out);
  std::vector<std::string> keys;
  for (const auto& [key, value] : record.items()) keys.push_back(key);
  std::vector<std::string> expected{"input", "output", "frames",    "width", "height",         "seconds",
                                    "fps",   "device", "precision", "style", "peak_rss_bytes", "stages_ms"};
  std::sort(expected.begin(), expected.end());
  CHECK(keys == expected);
  CHECK(record["input"] == f.in);
  CHECK(record["output"] == f.out);
  CHECK(record["frames"] == 1);
  CHECK(record["width"] == 40);
  CHECK(record["height"] == 24);
  CHECK(record["style"] == "7:0.6,19:0.4");
  CHECK(record["precision"] == "fp32");
  CHECK(record["peak_rss_bytes"] > 1000000);
  CHECK(record["seconds"] > 0.0);
  for (const char* stage : {"decode", "matte", "style", "composite", "encode"}) {
    INFO(stage);
    CHECK(record["stages_ms"][stage] >= 0.0);
  }
  CHECK(record["stages_ms"].size() == 5);
  CHECK(record["stages_ms"]["style"] > 0.0);
}

TEST_CASE("timings name each node, and a benchmark writes nothing") {
  Fixture f;
  write_png(f.in, make_image(24, 40, 3));
  const Finished timed = stylize({f.in, f.out, "--timings"});
  CHECK(timed.code == 0);
  for (const char* word : {"decode", "composite", "encode", "GFLOP/s", "contract.0"}) {
    CHECK(timed.err.find(word) != std::string::npos);
  }
  const Finished bench = stylize({f.in, "--benchmark"});
  CHECK(bench.code == 0);
  for (const char* word : {"decode", "matte", "style", "composite"}) CHECK(bench.out.find(word) != std::string::npos);
}

TEST_CASE("verbose timings hold each node against the machine's peaks, in a table of even columns and in the record") {
  Fixture f;
  write_png(f.in, make_image(24, 40, 3));
  const Finished timed = stylize({f.in, f.out, "--timings", "-v", "--json", "--device", "cpu"});
  REQUIRE(timed.code == 0);
  const auto record = nlohmann::json::parse(timed.out);
  REQUIRE(record["nodes"].size() > 10);
  for (const auto& node : record["nodes"]) {
    INFO(node.dump());
    for (const char* figure : {"ms", "gflops", "gbps", "roof"}) REQUIRE(node[figure].is_number());  // null: not finite
    CHECK(node["roof"] > 0.0);
    CHECK(node["gbps"] > 0.0);
    CHECK((node["op"] != "conv2d" || node["gflops"] > 0.0));
  }
  CHECK(record["peaks"]["threads"] > 0);
  CHECK(record["peaks"]["fp32_gflops"] > 0.1);
  CHECK(record["peaks"]["memory_gbps"] > 0.1);

  std::istringstream lines(timed.err.substr(timed.err.find("node  ")));
  std::string head;
  std::getline(lines, head);
  CHECK(head.ends_with("ms   GFLOP/s     GB/s of peak"));
  for (std::size_t i = 0; i < record["nodes"].size(); ++i) {
    std::string line;
    std::getline(lines, line);
    INFO(line);
    CHECK(line.starts_with(record["nodes"][i]["name"].get<std::string>() + " "));
    CHECK(line.size() == head.size());
    CHECK(line.ends_with("%"));
  }
  for (const char* word : {"all nodes", "peaks of this device", "memory"}) {
    CHECK(timed.err.find(word) != std::string::npos);
  }
  const Finished other = stylize({f.in, f.file("other.png"), "--timings", "-v", "--device", "simt", "--matte", "none"});
  CHECK(other.code == 0);
  CHECK(other.err.find("peaks of this device: not known") != std::string::npos);
}

TEST_CASE("quiet says nothing, verbose says what is used") {
  Fixture f;
  write_png(f.in, make_image(24, 40, 4));
  const Finished quiet = run({IMPASTO_STYLIZE, f.in, f.file("a.jpg"), "-q"});
  CHECK(quiet.code == 0);
  CHECK(quiet.err.empty());
  const Finished verbose = stylize({f.in, f.file("b.png"), "-v", "-d", "cpu"});
  CHECK(verbose.err.find("selfie in fp32") != std::string::npos);  // where the style net may run in bf16, too
}
