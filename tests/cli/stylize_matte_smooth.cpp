// --matte-smooth and the flicker figure: every frame comes out once, in order, whether or not the graph looks ahead.
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  std::string paint(std::vector<std::string> words) const {
    words.insert(words.end(), {"-c:v", "ffv1", "-y"});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return done.err;
  }
};

Image portrait() {
  const impasto::Weights file = impasto::Weights::open(data_dir() / "selfie/selfie.safetensors");
  const impasto::WeightView* view = file.find("picture");
  if (view == nullptr) throw std::runtime_error("no picture");
  Image image{static_cast<int>(view->shape[0]), static_cast<int>(view->shape[1]), 3, {}};
  image.samples.resize(view->data.size());
  std::memcpy(image.samples.data(), view->data.data(), image.samples.size());
  return image;
}

// The figure that -v prints at the end.
double flicker(const std::string& err) {
  const std::string before = "stands still: ";
  const std::size_t at = err.find(before);
  return at == std::string::npos ? -1 : std::atof(err.c_str() + at + before.size());
}

}  // namespace

TEST_CASE("matte-smooth: frames come out as they went in, each once, however many there are") {
  const Fixture f;
  for (const char* format : {"yuv420p", "yuv422p10le", "gbrp"}) {
    for (const int frames : {1, 2, 5}) {
      CAPTURE(format, frames);
      make_clip(f.file("in.mkv"), 34, 50, frames, false, format);
      // The matte is made, but does not show in the picture.
      f.paint({f.file("in.mkv"), f.file("out.mkv"), "--strength", "0", "--apply", "frame", "--matte-smooth", "1",
               "--output-alpha", f.file("matte.mkv")});
      CHECK(frame_hashes(f.file("out.mkv")) == frame_hashes(f.file("in.mkv")));
      CHECK(frame_hashes(f.file("matte.mkv")).size() == static_cast<std::size_t>(frames));
    }
  }
  f.paint({f.file("in.mkv"), f.file("out.mkv"), "--strength", "0", "--apply", "frame", "--output-alpha",
           f.file("matte.mkv"), "--frames", "3"});
  CHECK(frame_hashes(f.file("out.mkv")).size() == 3);
}

TEST_CASE("matte-smooth: each frame has its own style, alpha and tiles") {
  const Fixture f;
  const std::string source = "testsrc=rate=25:size=50x34,format=yuva444p,geq=lum='lum(X,Y)':a='mod(X*7+Y*3+N,256)'";
  REQUIRE(
      run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "4", "-c:v", "ffv1", f.file("in.mkv")})
          .code == 0);
  for (const char* view : {"styled", "side"}) {
    for (const char* smooth : {"0", "1"}) {
      f.paint({f.file("in.mkv"), f.file(std::string(view) + smooth + ".mkv"), "-s", "0s:7,0.08s:19", "--apply", "frame",
               "--view", view, "--matte-smooth", smooth, "--output-alpha", f.file("matte.mkv")});
    }
    CHECK(frame_hashes(f.file(std::string(view) + "1.mkv")) == frame_hashes(f.file(std::string(view) + "0.mkv")));
  }
}

TEST_CASE("matte-smooth: halves the flicker that -v tells, where noise makes it") {
  const Fixture f;
  write_png(f.file("person.png"), portrait());
  REQUIRE(run({"ffmpeg", "-v", "error", "-loop", "1", "-i", f.file("person.png"), "-frames:v", "8", "-vf",
               "scale=160:120,format=gbrp,noise=alls=8:allf=t", "-c:v", "ffv1", f.file("in.mkv")})
              .code == 0);
  const auto figure = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{f.file("in.mkv"), f.file("out.mkv"), "--view", "matte", "-v"};
    words.insert(words.end(), more.begin(), more.end());
    return flicker(f.paint(words));
  };
  const double off = figure({"--matte-smooth", "0"});
  CHECK(off > 0);
  CHECK(figure({}) <= off / 2);
  CHECK(figure({"-m", "none"}) == -1);  // there is none to be told
}

TEST_CASE(
    "matte-smooth and steady, by default: what stands still flickers half as much, what crosses it is as without") {
  const Fixture f;
  constexpr int kHeight = 120, kWidth = 160, kSide = 24, kFrames = 10;
  const Image person = portrait();
  const auto left = [](int frame) { return kWidth - kSide - 5 * frame; };
  const auto distance = [&](int frame, int y, int x) {  // from the square
    const auto outside = [](int first, int at) { return std::max({first - at, at - (first + kSide - 1), 0}); };
    return std::max(outside(left(frame), x), outside(30, y));
  };
  std::vector<Image> in;
  for (int frame = 0; frame < kFrames; ++frame) {
    const std::vector<float> noise = random_floats(3 * kHeight * kWidth, static_cast<std::uint64_t>(frame) + 1);
    Image& image = in.emplace_back(Image{kHeight, kWidth, 3, {}});
    for (int i = 0; i < 3 * kHeight * kWidth; ++i) {
      const int x = i / 3 % kWidth, y = i / 3 / kWidth, c = i % 3;
      double value = 130 + 35 * std::sin((x + 2 * y) / 29.0 + c);
      if (x < person.width && y < person.height) value = person.samples[3 * (y * person.width + x) + c];
      if (distance(frame, y, x) == 0) value = c == 0 ? 210 : 60;
      value = std::clamp(value + 8 * double{noise[i]}, 0.0, 255.0);
      image.samples.push_back(static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  write_clip(f.file("in.mkv"), in);

  struct Made {
    std::vector<Image> result, matte;
  };
  const auto made = [&](const std::vector<std::string>& more) -> Made {
    std::vector<std::string> words{f.file("in.mkv"), f.file("out.mkv"), "--bg",
                                   "styled",         "--output-alpha",  f.file("a.mkv")};
    words.insert(words.end(), more.begin(), more.end());
    f.paint(words);
    return {read_clip(f.file("out.mkv"), kHeight, kWidth, 3), read_clip(f.file("a.mkv"), kHeight, kWidth, 1)};
  };
  const Made off = made({"--steady", "0", "--matte-smooth", "0"}), on = made({});
  REQUIRE(on.result.size() == kFrames);
  REQUIRE(on.matte.size() == kFrames);

  // Half the mean square of what changes from frame to frame, where the square never comes near.
  const auto flickers = [&](const std::vector<Image>& frames) {
    double total = 0;
    for (std::size_t frame = 1; frame < frames.size(); ++frame) {
      const auto channels = static_cast<std::size_t>(frames[0].channels);
      for (std::size_t i = 0; i < frames[frame].samples.size(); ++i) {
        const int x = static_cast<int>(i / channels) % kWidth, y = static_cast<int>(i / channels) / kWidth;
        if (x > left(kFrames - 1) - 24 && y > 30 - 24 && y < 30 + kSide + 24) continue;
        total += std::pow(frames[frame].samples[i] - frames[frame - 1].samples[i], 2);
      }
    }
    return total;
  };
  CHECK(flickers(off.matte) > 0);
  CHECK(flickers(on.matte) <= 0.5 * flickers(off.matte));
  CHECK(flickers(on.result) <= 0.5 * flickers(off.result));
  for (int frame = 0; frame < kFrames; ++frame) {
    double total = 0, count = 0;
    for (int i = 0; i < 3 * kHeight * kWidth; ++i) {
      if (distance(frame, i / 3 / kWidth, i / 3 % kWidth) > 8) continue;
      total += std::abs(on.result[frame].samples[i] - off.result[frame].samples[i]);
      ++count;
    }
    INFO(frame);
    CHECK(total / count <= 1.5);
  }
}

TEST_CASE("matte-smooth: is for videos, and is from 0 to 1") {
  const Fixture f;
  write_png(f.file("in.png"), make_image(40, 50, 3));
  const auto bytes = [&](const char* smooth) {
    const Finished done = stylize({f.file("in.png"), f.file("out.png"), "-y", "-v", "--matte-smooth", smooth});
    REQUIRE(done.code == 0);
    CHECK(flicker(done.err) == -1);
    return read_file(f.file("out.png"));
  };
  CHECK(bytes("0") == bytes("1"));
  for (const char* value : {"-0.1", "1.5", "much"}) {
    const Finished done = stylize({f.file("in.png"), f.file("out.png"), "-y", "--matte-smooth", value});
    CHECK(done.code == 2);
    CHECK(is_one_line(done.err, std::string("--matte-smooth ") + value));
  }
}
