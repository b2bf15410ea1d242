// --matte-smooth and the flicker figure: every frame comes out once, in order, whether or not the graph looks ahead.
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"

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
