// Styles of pictures: what is read of --style, blends, strength, times, pictures of every kind.
#include "tests/cli/stylize_program.h"

#include <algorithm>
#include <cmath>

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = file("in.png");
  std::string out = file("out.png");
  std::string a = file("a.png");
  std::string b = file("b.png");

  Fixture() {
    write_png(in, make_image(37, 50, 3, 1));
    write_png(a, make_image(90, 120, 3, 2));
    Image dark = make_image(70, 64, 3, 3);
    for (std::uint8_t& sample : dark.samples) sample /= 4;
    write_png(b, dark);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  // The input in this style, whole.
  [[nodiscard]] Image paint(const std::string& style, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{in, out, "-y", "-m", "none", "-s", style};
    words.insert(words.end(), more.begin(), more.end());
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(out);
  }
};

double mean_difference(const Image& x, const Image& y) {
  REQUIRE(x.samples.size() == y.samples.size());
  double sum = 0;
  for (std::size_t i = 0; i < x.samples.size(); ++i) sum += std::abs(x.samples[i] - y.samples[i]);
  return sum / static_cast<double>(x.samples.size());
}

}  // namespace

TEST_CASE("a picture is a style, and two of them blend by their shares") {
  const Fixture f;
  const Image a = f.paint(f.a);
  const Image b = f.paint(f.b);
  CHECK(a.width == 50);
  CHECK(a.height == 37);
  CHECK(mean_difference(a, b) > 3);
  CHECK(f.paint(f.a + ":3").samples == a.samples);
  CHECK(f.paint(f.a + ":1," + f.b + ":0").samples == a.samples);
  const Image mostly_a = f.paint(f.a + ":0.9," + f.b + ":0.1");
  CHECK(mean_difference(mostly_a, a) < mean_difference(mostly_a, b));
  CHECK(f.paint(f.b + ":2," + f.a + ":18").samples == mostly_a.samples);
}

TEST_CASE("a name with commas and colons is one picture if there is such a file") {
  const Fixture f;
  const Image a = f.paint(f.a);
  for (const char* name : {"a,b.png", "a:0.5", "x,1:7,y", "0s:a.png"}) {
    INFO(name);
    std::filesystem::copy_file(f.a, f.file(name));
    CHECK(f.paint(f.file(name)).samples == a.samples);
    CHECK(f.paint(f.file(name) + ":2").samples == a.samples);
  }
  CHECK(f.paint(f.file("a,b.png") + ":0.25," + f.file("x,1:7,y") + ":0.75").samples == a.samples);
  // An index is an index, whatever lies about.
  CHECK(f.paint("7").samples != a.samples);
}

TEST_CASE("strength goes from the picture's own style to the other; at 0 nothing is touched") {
  const Fixture f;
  CHECK(f.paint(f.a, {"--strength", "0"}).samples == make_image(37, 50, 3, 1).samples);
  const Image full = f.paint(f.a);
  const Image own = f.paint(f.in);
  const Image little = f.paint(f.a, {"--strength", "0.001"});
  const Image much = f.paint(f.a, {"--strength", "0.9"});
  CHECK(mean_difference(little, own) < 1);
  CHECK(mean_difference(much, full) < mean_difference(much, own));
  CHECK(f.paint(f.in, {"--strength", "0.5"}).samples == own.samples);
}

TEST_CASE("pictures of every kind are styles") {
  const Fixture f;
  const Image a = f.paint(f.a);
  // Grey, with alpha, one pixel, slim, and what a square cut out of the middle does not see.
  for (const auto& [height, width, channels] :
       {std::tuple{40, 30, 1}, {40, 30, 4}, {40, 30, 2}, {1, 1, 3}, {3, 900, 3}}) {
    INFO(width << "x" << height << "x" << channels);
    write_png(f.file("style.png"), make_image(height, width, channels, 7));
    CHECK(f.paint(f.file("style.png")).samples != a.samples);
  }
  Image wide = make_image(90, 190, 3, 5);
  const Image inner = make_image(90, 120, 3, 2);
  for (int y = 0; y < 90; ++y) {
    // The square of a is its columns 15..104, that of the wide one 50..139.
    std::copy_n(inner.samples.begin() + (y * 120 + 15) * 3, 90 * 3, wide.samples.begin() + (y * 190 + 50) * 3);
  }
  write_png(f.file("wide.png"), wide);
  CHECK(f.paint(f.file("wide.png")).samples == a.samples);
}

TEST_CASE("what is no picture is no style") {
  const Fixture f;
  write_file(f.file("text.jpg"), "not a picture");
  write_file(f.file("empty.png"), "");
  make_clip(f.file("clip.mkv"), 32, 32, 3, false);
  for (const char* name : {"text.jpg", "empty.png", "clip.mkv"}) {
    const Finished done = stylize({f.in, f.out, "-s", f.file(name)});
    CHECK(done.code == 1);
    CHECK(is_one_line(done.err, name));
  }
  const Finished same = stylize({f.in, f.a, "-y", "-s", f.a});
  CHECK(same.code == 1);
  CHECK(is_one_line(same.err, "is an input too"));
}

TEST_CASE("styles over time switch at the frame that has the time") {
  const Fixture f;
  const std::string clip = f.file("clip.mkv");
  make_clip(clip, 36, 48, 12, false);  // 25 frames a second
  const auto frames = [&](const std::string& style) {
    const std::string result = f.file("out.mkv");
    const Finished done = stylize({clip, result, "-y", "-m", "none", "-c", "ffv1", "-s", style, "--steady", "0"});
    INFO(done.err);
    REQUIRE(done.code == 0);
    return frame_hashes(result);
  };
  const auto check = [&](const std::vector<std::string>& both, const std::vector<std::string>& first,
                         const std::vector<std::string>& second, std::size_t at) {
    REQUIRE(both.size() == 12);
    for (std::size_t i = 0; i < both.size(); ++i) CHECK(both[i] == (i < at ? first[i] : second[i]));
  };
  const auto seven = frames("7");
  const auto nineteen = frames("19");
  CHECK(seven[5] != nineteen[5]);
  check(frames("0s:7,0.2s:19"), seven, nineteen, 5);
  check(frames("7,0.21s:19"), seven, nineteen, 6);
  check(frames("0s:7,9s:19"), seven, nineteen, 12);
  check(frames("0s:" + f.a + ",0.2s:" + f.b), frames(f.a), frames(f.b), 5);
}

TEST_CASE("a picture's style on the host's kernels is that of the cpu") {
  const Fixture f;
  const Image cpu = f.paint(f.a, {"--precision", "fp32"});
  const Image simt = f.paint(f.a, {"-d", "simt", "--precision", "fp32", "--kernel", "pad=v1"});
  CHECK(mean_difference(cpu, simt) < 0.1);
}

TEST_CASE("the background in another style: person and background are those of the whole frame in each") {
  const Fixture f;
  const std::string sample = (source_dir() / "apps/stylize/sample/sample.png").string();
  const auto paint = [&](const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), {sample, f.file(name)});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(f.file(name));
  };
  const Image person = paint("person.png", {"--apply", "frame", "-s", "7"});
  for (const std::string& style : {std::string("19"), f.a}) {
    INFO(style);
    const std::string matte = f.file("matte.png");
    const Image both = paint("both.png", {"-y", "-s", "7", "--bg-style", style, "--output-alpha", matte});
    const Image behind = paint("behind.png", {"-y", "--apply", "frame", "-s", style});
    const Image alpha = read_image(matte);
    std::size_t inside = 0;
    std::size_t outside = 0;
    for (std::size_t i = 0; i < both.samples.size(); ++i) {
      const std::uint8_t m = alpha.samples[i / 3];
      if (m == 255) REQUIRE(std::abs(both.samples[i] - person.samples[i]) <= 1);
      if (m == 0) REQUIRE(std::abs(both.samples[i] - behind.samples[i]) <= 1);
      inside += m == 255 ? 1 : 0;
      outside += m == 0 ? 1 : 0;
    }
    CHECK(inside > both.samples.size() / 20);
    CHECK(outside > both.samples.size() / 20);
  }
  const Image nothing = paint("nothing.png", {"-s", "7", "--bg-style", "19", "--strength", "0"});
  CHECK(nothing.samples == read_image(sample).samples);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--bg", "styled"}, {"--apply", "frame"}}) {
    std::vector<std::string> all{f.in, f.out, "--bg-style", "3"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished done = stylize(all);
    CHECK(done.code == 2);
    CHECK(is_one_line(done.err, "--bg-style 3: expected with"));
  }
  const Finished wrong = stylize({f.in, f.out, "--bg-style", "26"});
  CHECK(wrong.code == 2);
  CHECK(is_one_line(wrong.err, "--bg-style 26: expected a whole number from 0 to 25"));
}
