// -m FILE: a matte of the user's, as a picture, a folder or a video.
#include "tests/cli/stylize_program.h"

using namespace impasto::test;

namespace {

Image grey(const Image& image, int channels) {
  Image result{image.height, image.width, channels, {}};
  for (const std::uint8_t value : image.samples) result.samples.insert(result.samples.end(), channels, value);
  return result;
}

}  // namespace

TEST_CASE("a picture as matte is taken as it is, and to the frame's size") {
  const Workplace f;
  write_png(f.file("in.png"), make_image(40, 56, 3));
  const Image matte = make_image(40, 56, 1, 7);
  write_png(f.file("m.png"), matte);
  write_png(f.file("rgb.png"), grey(matte, 3));
  for (const char* device : {"cpu", "simt"}) {
    for (const char* name : {"m.png", "rgb.png"}) {
      f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file(name), "--output-alpha", f.file("a.png"), "--bg",
               "#204060", "--strength", "0", "-d", device});
      CHECK(read_image(f.file("a.png")).samples == matte.samples);
      const Image in = read_image(f.file("in.png"));
      const Image out = read_image(f.file("out.png"));
      const int behind[] = {0x20, 0x40, 0x60};
      int largest = 0;
      for (std::size_t i = 0; i < out.samples.size(); ++i) {
        const double m = matte.samples[i / 3] / 255.0;
        const double value = m * in.samples[i] + (1 - m) * behind[i % 3];
        largest = std::max(largest, std::abs(out.samples[i] - static_cast<int>(std::floor(value + 0.5))));
      }
      CHECK(largest <= 1);
    }
    // Twice as large and half as large: by areas, and in between.
    Image large{80, 112, 1, {}};
    for (int y = 0; y < 80; ++y) {
      for (int x = 0; x < 112; ++x)
        large.samples.push_back(matte.samples[static_cast<std::size_t>(y / 2 * 56 + x / 2)]);
    }
    write_png(f.file("large.png"), large);
    f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file("large.png"), "--output-alpha", f.file("a.png"), "-d",
             device});
    CHECK(read_image(f.file("a.png")).samples == matte.samples);
    Image small{1, 2, 1, {0, 255}};
    write_png(f.file("small.png"), small);
    f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file("small.png"), "--view", "matte", "-d", device});
    const Image wide = read_image(f.file("out.png"));
    CHECK(wide.samples[0] == 0);
    CHECK(wide.samples[std::size_t{3} * 55] == 255);
    CHECK(std::abs(wide.samples[std::size_t{3} * 27] - 125) <= 2);
  }
  // Steps and blurs where they are asked for.
  f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file("m.png"), "--output-alpha", f.file("a.png"),
           "--matte-threshold", "0.5", "--matte-softness", "0"});
  const Image stepped = read_image(f.file("a.png"));
  for (std::size_t i = 0; i < matte.samples.size(); ++i) {
    CHECK(stepped.samples[i] == (matte.samples[i] >= 128 ? 255 : 0));
  }
  f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file("m.png"), "--output-alpha", f.file("a.png"),
           "--matte-feather", "4"});
  CHECK(read_image(f.file("a.png")).samples != matte.samples);
}

TEST_CASE("a folder and a video as matte have one for each frame") {
  const Workplace f;
  make_clip(f.file("in.mkv"), 34, 50, 4, false);
  std::filesystem::create_directory(f.file("mattes"));
  std::vector<Image> mattes;
  for (int i = 0; i < 4; ++i) {
    mattes.push_back(make_image(34, 50, 1, 10 + static_cast<std::uint64_t>(i)));
    write_png(f.file("mattes/m" + std::to_string(i) + ".png"), mattes.back());
  }
  REQUIRE(run({"ffmpeg", "-v", "error", "-framerate", "25", "-i", f.file("mattes/m%d.png"), "-c:v", "ffv1", "-pix_fmt",
               "gray", f.file("m.mkv")})
              .code == 0);
  const std::vector<std::string> expected = frame_hashes(f.file("m.mkv"), "gray");
  for (const char* name : {"mattes", "m.mkv"}) {
    f.paint({f.file("in.mkv"), f.file("out.mkv"), "-m", f.file(name), "--output-alpha", f.file("a.mkv")});
    CHECK(frame_hashes(f.file("a.mkv"), "gray") == expected);
  }
  // And back again.
  f.paint({f.file("in.mkv"), f.file("once.mkv"), "-c:v", "ffv1", "-m", f.file("m.mkv"), "-s", "3"});
  f.paint({f.file("in.mkv"), f.file("again.mkv"), "-c:v", "ffv1", "-m", f.file("a.mkv"), "-s", "3"});
  CHECK(frame_hashes(f.file("again.mkv")) == frame_hashes(f.file("once.mkv")));
  // One picture is for all.
  f.paint({f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("mattes/m2.png"), "--output-alpha", f.file("a.mkv")});
  CHECK(frame_hashes(f.file("a.mkv"), "gray") == std::vector<std::string>(4, expected[2]));
  // The first of a folder is a picture's.
  write_png(f.file("in.png"), make_image(34, 50, 3));
  f.paint({f.file("in.png"), f.file("out.png"), "-m", f.file("mattes"), "--output-alpha", f.file("a.png")});
  CHECK(read_image(f.file("a.png")).samples == mattes[0].samples);
}

TEST_CASE("mattes of 16 bits and with alpha, of another size than the frame, are said once") {
  const Workplace f;
  make_clip(f.file("in.mkv"), 34, 50, 3, false);
  std::filesystem::create_directory(f.file("deep"));
  std::filesystem::create_directory(f.file("alpha"));
  std::filesystem::create_directory(f.file("plain"));
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i) + ".png";
    const Image matte = make_image(33, 41, 1, 30 + static_cast<std::uint64_t>(i));
    write_png(f.file("plain/" + name), matte);
    Image with_alpha{33, 41, 2, {}};
    for (const std::uint8_t value : matte.samples) {
      with_alpha.samples.push_back(value);
      with_alpha.samples.push_back(static_cast<std::uint8_t>(255 - value));
    }
    write_png(f.file("alpha/" + name), with_alpha);
  }
  REQUIRE(run({"ffmpeg", "-v", "error", "-i", f.file("plain/%d.png"), "-pix_fmt", "gray16be", "-start_number", "0",
               f.file("deep/%d.png")})
              .code == 0);
  const auto mattes = [&](const std::string& folder, const std::string& remark) {
    const Finished done = stylize({f.file("in.mkv"), f.file("out.mkv"), "-y", "-c:v", "ffv1", "-m", f.file(folder),
                                   "--output-alpha", f.file("a.mkv")});
    INFO(done.err);
    CHECK(done.code == 0);
    CHECK((remark.empty() ? done.err.empty() : is_one_line(done.err, remark)));
    return frame_hashes(f.file("a.mkv"), "gray");
  };
  const std::vector<std::string> plain = mattes("plain", "");
  CHECK(plain.size() == 3);
  CHECK(plain[0] != plain[1]);
  CHECK(mattes("deep", "0.png: 16 bits a sample are reduced to 8") == plain);
  CHECK(mattes("alpha", "0.png: its grey values are the matte, its alpha is not used") == plain);
}

TEST_CASE("mattes that end early, differ in size or are none") {
  const Workplace f;
  make_clip(f.file("in.mkv"), 34, 50, 4, false);
  std::filesystem::create_directory(f.file("two"));
  for (int i = 0; i < 2; ++i) write_png(f.file("two/" + std::to_string(i) + ".png"), make_image(34, 50, 1));
  f.expect(1, {f.file("in.mkv"), f.file("short.mkv"), "-m", f.file("two")}, "two: has 2 mattes, the input more frames");
  CHECK(frame_hashes(f.file("short.mkv")).size() == 2);
  f.expect(1, {f.file("in.mkv"), f.file("ahead.mkv"), "-m", f.file("two"), "--matte-smooth", "0.5"},
           "two: has 2 mattes, the input more frames");
  CHECK(frame_hashes(f.file("ahead.mkv")).size() == 2);
  write_png(f.file("two/1.png"), make_image(35, 50, 1));
  f.expect(1, {f.file("in.mkv"), f.file("size.mkv"), "-m", f.file("two")}, "1.png: is 50x35, expected 50x34");
  write_file(f.file("two/0.png"), "no picture");
  f.expect(1, {f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("two")}, "0.png");
  std::filesystem::create_directory(f.file("none"));
  f.expect(1, {f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("none")}, "none: is an empty folder");
  f.expect(1, {f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("absent.png")}, "absent.png: no such file or folder");
  f.expect(2, {f.file("in.mkv"), f.file("out.mkv"), "-m", "selfy"}, "--matte selfy: expected selfie|");
  f.expect(2, {f.file("in.mkv"), f.file("out.mkv"), "-m", "selfie:x"}, "--matte selfie:x: expected selfie|");
  f.expect(2, {f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("two"), "--matte-size", "64"}, "--matte-size 64");
  write_png(f.file("two/0.png"), make_image(34, 50, 1));
  f.expect(1, {f.file("in.mkv"), f.file("out.mkv"), "-m", f.file("two"), "--output-alpha", f.file("two/%d.png"), "-y"},
           "is an input too");
  CHECK_FALSE(std::filesystem::exists(f.file("out.mkv")));
}

namespace {

// A scene in which no part stands still: noise, another in each frame.
std::vector<Image> restless(int height, int width, int frames) {
  std::vector<Image> all;
  for (int frame = 0; frame < frames; ++frame) {
    Image& image = all.emplace_back(Image{height, width, 3, {}});
    const std::vector<float> noise =
        random_floats(static_cast<std::size_t>(3) * height * width, static_cast<std::uint64_t>(frame) + 50);
    for (const float v : noise) image.samples.push_back(static_cast<std::uint8_t>(std::lround(128 + 90 * v)));
  }
  return all;
}

std::vector<Image> part(const std::vector<Image>& frames, std::ptrdiff_t begin, std::ptrdiff_t end) {
  return {frames.begin() + begin, frames.begin() + end};
}

}  // namespace

// The graph then sees one frame ahead; where nothing stands still each matte is left as it is.
TEST_CASE("mattes smoothed over time: each frame has its own, wherever the video begins and ends") {
  const Workplace f;
  constexpr int kFrames = 6;
  const std::vector<Image> frames = restless(35, 51, kFrames);
  write_clip(f.file("in.mkv"), frames);
  std::filesystem::create_directory(f.file("mattes"));
  std::vector<Image> mattes;
  for (int i = 0; i < kFrames; ++i) {
    mattes.push_back(make_image(35, 51, 1, 20 + static_cast<std::uint64_t>(i)));
    write_png(f.file("mattes/m" + std::to_string(i) + ".png"), mattes.back());
  }
  write_clip(f.file("mattes.mkv"), mattes);
  const auto expect = [&](const std::string& given, const std::vector<std::string>& more,
                          const std::vector<Image>& expected) {
    CAPTURE(given, more);
    std::vector<std::string> words{f.file("in.mkv"),
                                   f.file("out.mkv"),
                                   "-m",
                                   f.file(given),
                                   "--matte-smooth",
                                   "1",
                                   "--strength",
                                   "0",
                                   "--bg",
                                   "#000000",
                                   "-c:v",
                                   "ffv1",
                                   "--output-alpha",
                                   f.file("a.mkv")};
    words.insert(words.end(), more.begin(), more.end());
    f.paint(words);
    const std::vector<Image> made = read_clip(f.file("a.mkv"), 35, 51, 1);
    REQUIRE(made.size() == expected.size());
    for (std::size_t i = 0; i < made.size(); ++i) CHECK(made[i].samples == expected[i].samples);
    // And it is the matte of the frame that is shown.
    const std::vector<Image> shown = read_clip(f.file("out.mkv"), 35, 51, 3);
    const std::size_t first = more.empty() || more[0] != "--ss" ? 0 : 3;
    REQUIRE(shown.size() == made.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      int largest = 0;
      for (std::size_t k = 0; k < shown[i].samples.size(); ++k) {
        const double value = expected[i].samples[k / 3] / 255.0 * frames[first + i].samples[k];
        largest = std::max(largest, std::abs(shown[i].samples[k] - static_cast<int>(std::lround(value))));
      }
      CHECK(largest <= 1);
    }
  };
  for (const char* given : {"mattes", "mattes.mkv"}) expect(given, {}, mattes);
  expect("mattes.mkv", {"--ss", "0.12"}, part(mattes, 0, 3));
  expect("mattes", {"-t", "0.08"}, part(mattes, 0, 2));
  expect("mattes/m3.png", {}, std::vector<Image>(kFrames, mattes[3]));
  expect("mattes.mkv", {"-d", "simt", "--frames", "1"}, part(mattes, 0, 1));
}
