// What stands behind the person: --bg blur, --bg VIDEO.
#include "tests/cli/stylize_program.h"

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = file("in.png");
  std::string out = file("out.png");
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  [[nodiscard]] Image paint(const std::vector<std::string>& words) const {
    std::vector<std::string> all{in, out, "-y"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished done = stylize(all);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(out);
  }
};

// Mean difference of neighbours in a row, where the matte is 0.
double roughness(const Image& image, const Image& matte) {
  double sum = 0, count = 1e-9;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 1; x < image.width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * image.width + x;
      if (matte.samples[i * matte.channels] > 0) continue;
      sum += std::abs(image.samples[3 * i + 1] - image.samples[3 * i - 2]);
      ++count;
    }
  }
  return sum / count;
}

}  // namespace

TEST_CASE("behind the person: --bg blur blurs what is behind the person, and the person stays") {
  const Fixture f;
  const Image image = read_image(source_dir() / "apps/stylize/sample/sample.png");
  write_png(f.in, image);
  const Image matte = f.paint({"--view", "matte"});
  const Image blurred = f.paint({"--strength", "0", "--bg", "blur"});
  const Image more = f.paint({"--strength", "0", "--bg", "blur:60"});
  const Image less = f.paint({"--strength", "0", "--bg", "blur:0.5"});
  CHECK(roughness(less, matte) < roughness(image, matte));
  CHECK(roughness(blurred, matte) < 0.7 * roughness(less, matte));
  CHECK(roughness(more, matte) < roughness(blurred, matte));
  int inside = 0;
  for (std::size_t i = 0; i < image.samples.size() / 3; ++i) {
    if (matte.samples[i * matte.channels] < 255) continue;
    ++inside;
    for (std::size_t c = 0; c < 3; ++c) REQUIRE(std::abs(blurred.samples[3 * i + c] - image.samples[3 * i + c]) <= 1);
  }
  CHECK(inside > 100);
  // Painted too, as tiles and where everybody is person.
  CHECK(f.paint({"--bg", "blur", "--view", "4up"}).width == 4 * image.width);
  CHECK(f.paint({"--strength", "0", "--bg", "blur", "-m", "none"}).samples == image.samples);
}

TEST_CASE("behind the person: --bg blur is the same on the processor and on the kernels, and on every small size") {
  const Fixture f;
  write_png(f.in, make_image(40, 56, 3));
  const std::vector<std::string> words{"--strength", "0", "--bg", "blur:7", "-d"};
  auto on = [&](const std::string& device) {
    std::vector<std::string> all = words;
    all.push_back(device);
    return f.paint(all);
  };
  CHECK(psnr(on("cpu"), on("simt")) >= 40);
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {7, 2}}) {
    write_png(f.in, make_image(height, width, 3));
    CHECK(f.paint({"--bg", "blur"}).width == width);
  }
}

// ---- A video behind the person ----

namespace {

const std::vector<std::string> kNobody{"--strength", "0", "--matte-threshold", "1", "--matte-softness", "0"};

// Grey frames, one brighter than the other, of 40, 90, 140 and 190, 5 a second.
void make_steps(const std::string& file, const std::string& size = "64x48", const std::string& frames = "4") {
  REQUIRE(run({"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
               "color=black:s=" + size + ":r=5:d=60,format=gray,geq=lum='40+50*N'", "-frames:v", frames, "-c:v", "ffv1",
               file})
              .code == 0);
}

// The first sample of each frame, as grey.
std::vector<int> levels(const Fixture& f, const std::string& clip, std::size_t pixels) {
  const std::string raw = f.file("levels.gray");
  REQUIRE(
      run({"ffmpeg", "-v", "error", "-y", "-i", clip, "-f", "rawvideo", "-pix_fmt", "gray", "-vsync", "0", raw}).code ==
      0);
  const std::string bytes = read_file(raw);
  std::vector<int> all;
  for (std::size_t i = 0; i < bytes.size(); i += pixels) all.push_back(static_cast<std::uint8_t>(bytes[i]));
  return all;
}

}  // namespace

TEST_CASE("behind the person: --bg VIDEO is looped at its own rate, by the output's time stamps") {
  const Fixture f;
  make_steps(f.file("steps.mkv"));
  REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=2", "-pix_fmt", "gray", "-c:v",
               "ffv1", f.file("in.mkv")})
              .code == 0);
  std::vector<std::string> words{f.file("in.mkv"), f.file("out.mkv"),  "-y", "-c:v", "ffv1",
                                 "--bg",           f.file("steps.mkv")};
  words.insert(words.end(), kNobody.begin(), kNobody.end());
  const auto painted = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = words;
    all.insert(all.end(), more.begin(), more.end());
    const Finished done = stylize(all);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return levels(f, f.file("out.mkv"), 64 * 48);
  };
  std::vector<int> expected;
  for (int i = 0; i < 20; ++i) expected.push_back(40 + 50 * (i / 2 % 4));
  CHECK(painted({}) == expected);
  CHECK(painted({"--fps", "5"}) == std::vector<int>{40, 90, 140, 190, 40, 90, 140, 190, 40, 90});
  // It begins with the first frame that is painted.
  CHECK(painted({"--ss", "0.5", "--frames", "3"}) == std::vector<int>{40, 40, 90});
  // Of another shape it covers the frame; a single frame stays.
  make_steps(f.file("steps.mkv"), "30x70", "1");
  CHECK(painted({"--frames", "8"}) == std::vector<int>(8, 40));
  // Views and the matte beside it.
  CHECK(painted({"--frames", "2", "--view", "side", "--output-alpha", f.file("alpha.mkv")}).size() == 4);
}

TEST_CASE("behind the person: --bg VIDEO that is turned is shown upright, its sound is not heard, on simt too") {
  const Fixture f;
  make_clip(f.file("lying.mp4"), 40, 64, 3);
  REQUIRE(run({"ffmpeg", "-v", "error", "-i", f.file("lying.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90",
               f.file("turned.mp4")})
              .code == 0);
  REQUIRE(
      run({"ffmpeg", "-v", "error", "-i", f.file("turned.mp4"), "-an", "-c:v", "ffv1", f.file("upright.mkv")}).code ==
      0);
  REQUIRE(probe(f.file("upright.mkv"), "width") == "40");
  make_clip(f.file("in.mkv"), 45, 27, 5, false, "gbrp");  // longer than what stands behind it
  write_png(f.file("m.png"), make_image(45, 27, 1));
  const auto painted = [&](const std::string& behind, const std::string& device) {
    const Finished done = stylize({f.file("in.mkv"), f.file("out.mkv"), "-y", "-c:v", "ffv1", "--strength", "0", "-m",
                                   f.file("m.png"), "--bg", f.file(behind), "-d", device});
    INFO(done.err);
    REQUIRE(done.code == 0);
    REQUIRE(probe(f.file("out.mkv"), "codec_type", "a:0").empty());
    return read_clip(f.file("out.mkv"), 45, 27, 3);
  };
  const std::vector<Image> turned = painted("turned.mp4", "cpu"), upright = painted("upright.mkv", "cpu");
  const std::vector<Image> simt = painted("turned.mp4", "simt"), lying = painted("lying.mp4", "cpu");
  REQUIRE(turned.size() == 5);
  REQUIRE(simt.size() == 5);
  for (std::size_t frame = 0; frame < 5; ++frame) {
    CHECK(psnr(turned[frame], upright[frame]) >= 30);  // chroma that was between columns is between rows now
    CHECK(psnr(turned[frame], simt[frame]) >= 40);
    CHECK(psnr(turned[frame], lying[frame]) < 20);
  }
}

TEST_CASE("behind the person: --bg VIDEO shows a picture its first frame") {
  const Fixture f;
  make_steps(f.file("steps.mkv"), "96x40");
  write_png(f.in, make_image(20, 30, 3));
  std::vector<std::string> words = kNobody;
  words.insert(words.end(), {"--bg", f.file("steps.mkv")});
  const Image image = f.paint(words);
  for (const std::uint8_t v : image.samples) REQUIRE(v == 40);
}

TEST_CASE("behind the person: --bg VIDEO that cannot be used or breaks off is named") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 12, false);
  make_clip(f.file("bg.mkv"), 48, 64, 12, false);
  const std::string bytes = read_file(f.file("bg.mkv"));
  write_file(f.file("no.mkv"), bytes.substr(0, 300));
  write_file(f.file("cut.mkv"), bytes.substr(0, bytes.size() * 6 / 10));
  Finished done = stylize({f.file("in.mp4"), f.file("out.mp4"), "--bg", f.file("no.mkv")});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "no.mkv"));
  CHECK_FALSE(std::filesystem::exists(f.file("out.mp4")));
  done = stylize({f.file("in.mp4"), f.file("out.mp4"), "--bg", f.file("cut.mkv")});
  INFO(done.err);
  CHECK(done.code == 1);
  CHECK(done.err.find("cut.mkv") != std::string::npos);
  CHECK(std::filesystem::exists(f.file("out.mp4")));
  done = stylize({f.file("in.mp4"), f.file("bg.mkv"), "-y", "--bg", f.file("bg.mkv")});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "bg.mkv: is an input too"));
  done = stylize({f.file("in.mp4"), f.file("new.mp4"), "--bg", "orginal"});
  CHECK(done.code == 2);
  CHECK(is_one_line(done.err, "--bg orginal: expected original, styled, blur[:R]"));
  done = stylize({f.file("in.mp4"), f.file("new.mp4"), "--bg", f.file("absent.mp4")});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "absent.mp4: no such file"));
}
