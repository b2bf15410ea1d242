// --output-foreground and --output-alpha: pictures, numbered PNGs, videos with alpha; names, what exists, early ends.
#include "tests/cli/stylize_program.h"

using namespace impasto::test;

namespace {

struct Fixture : Workplace {
  // The alpha of each frame, as a decoder gives it, in 8 bits.
  [[nodiscard]] std::vector<Image> alphas(const std::string& video,
                                          const std::vector<std::string>& decoder = {}) const {
    return frames(video, "alphaextract,format=gray", decoder);
  }
  [[nodiscard]] std::vector<Image> frames(const std::string& video, const std::string& filter,
                                          const std::vector<std::string>& decoder = {}) const {
    const TempDir out;
    std::vector<std::string> words{"ffmpeg", "-v", "error"};
    words.insert(words.end(), decoder.begin(), decoder.end());
    words.insert(words.end(), {"-i", file(video), "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", filter,
                               (out / "%d.png").string()});
    const Finished done = run(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    std::vector<Image> images;
    for (int i = 1; std::filesystem::exists(out / (std::to_string(i) + ".png")); ++i) {
      images.push_back(read_image(out / (std::to_string(i) + ".png")));
    }
    return images;
  }
  [[nodiscard]] std::size_t hidden_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      count += entry.path().filename().string().starts_with('.') ? 1 : 0;
    }
    return count;
  }
};

// The sample shows a person; here it moves past them.
void make_person_clip(const std::string& file, const std::string& format) {
  const std::string sample = (source_dir() / "apps" / "stylize" / "sample" / "sample.mp4").string();
  REQUIRE(run({"ffmpeg", "-v", "error", "-y", "-i", sample, "-vf", "scale=128:96,crop=96:72:n*6:0,format=" + format,
               "-frames:v", "4", "-t", "0.16", "-c:v", "ffv1", "-c:a", "copy", file})
              .code == 0);
}

std::vector<std::uint8_t> channel(const Image& image, int c) {
  std::vector<std::uint8_t> values;
  for (std::size_t i = static_cast<std::size_t>(c); i < image.samples.size(); i += image.channels) {
    values.push_back(image.samples[i]);
  }
  return values;
}

Difference differ(const Image& a, const Image& b) {
  return difference(std::span<const std::uint8_t>(a.samples), std::span<const std::uint8_t>(b.samples));
}

}  // namespace

TEST_CASE("the person cut out of a picture: paint, and the matte as alpha") {
  const Fixture f;
  make_person_clip(f.file("clip.mkv"), "yuv444p");
  write_png(f.file("in.png"), f.frames("clip.mkv", "format=rgb24").front());
  for (const char* device : {"cpu", "simt"}) {
    f.paint({f.file("in.png"), f.file("out.png"), "--output-alpha", f.file("a.png"), "--output-foreground",
             f.file("fg.png"), "-d", device, "-s", "3", "--precision", "fp32"});
    const Image foreground = read_image(f.file("fg.png"));
    const Image matte = read_image(f.file("a.png"));
    CHECK(foreground.channels == 4);
    CHECK(matte.channels == 1);
    CHECK(channel(foreground, 3) == matte.samples);
    f.paint(
        {f.file("in.png"), f.file("styled.png"), "-s", "3", "--view", "styled", "-d", device, "--precision", "fp32"});
    const Image styled = read_image(f.file("styled.png"));
    for (int c = 0; c < 3; ++c) CHECK(channel(foreground, c) == channel(styled, c));  // straight
  }
  f.paint({f.file("in.png"), f.file("out.png"), "--output-foreground", f.file("fg.png"), "--apply", "background"});
  const Image plain = read_image(f.file("fg.png"));
  const Image in = read_image(f.file("in.png"));
  for (int c = 0; c < 3; ++c) CHECK(channel(plain, c) == channel(in, c));  // as the person is in the result
  const std::string out = f.file("new.png");
  f.expect(2, {f.file("in.png"), out, "--output-foreground", f.file("fg.jpg")}, "--output-foreground");
  f.expect(1, {f.file("in.png"), out, "--output-foreground", f.file("fg.png")}, "fg.png: exists");
  f.expect(1, {f.file("in.png"), out, "--output-foreground", out}, "is used already");
  f.expect(1, {f.file("in.png"), out, "--output-alpha", f.file("x.png"), "--output-foreground", f.file("x.png")},
           "is used already");
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("the person cut out of a video, with alpha: ProRes 4444, VP9, FFV1") {
  const Fixture f;
  for (const char* format : {"yuv420p", "yuv422p10le", "gbrp"}) {
    INFO(format);
    make_person_clip(f.file("in.mkv"), format);
    struct Case {
      std::string name, codec;
      double loss;  // of the alpha, in levels: the largest, and the mean
      double mean;
      std::vector<std::string> decoder;
    };
    for (const Case& c :
         {Case{"fg.mkv", "ffv1", std::string(format) == "yuv422p10le" ? 2.0 : 0.0, 0.51, {}},
          Case{"fg.mov", "prores", 2, 0.51, {}}, Case{"fg.webm", "vp9", 64, 1, {"-c:v", "libvpx-vp9"}}}) {
      INFO(c.name);
      f.paint({f.file("in.mkv"), f.file("out.mkv"), "-c:v", "ffv1", "-s", "3", "--output-alpha", f.file("a.mkv"),
               "--output-foreground", f.file(c.name), "--view", "side"});
      CHECK(probe(f.file(c.name), "codec_name") == c.codec);
      CHECK(probe(f.file(c.name), "width") == "96");
      CHECK_FALSE(probe(f.file(c.name), "codec_name", "a:0").empty());
      const std::vector<Image> alpha = f.alphas(c.name, c.decoder);
      const std::vector<Image> matte = f.frames("a.mkv", "format=gray");
      REQUIRE(alpha.size() == 4);
      REQUIRE(matte.size() == 4);
      CHECK(matte[0].samples != matte[3].samples);
      for (std::size_t i = 0; i < 4; ++i) {
        const Difference d = differ(alpha[i], matte[i]);
        CHECK(d.largest <= c.loss);
        CHECK(d.mean <= c.mean);
      }
    }
    // Colours of the lossless one are those of the result where nothing but paint is.
    f.paint({f.file("in.mkv"), f.file("painted.mkv"), "-c:v", "ffv1", "-s", "3", "-m", "none", "--output-foreground",
             f.file("fg.mkv")});
    const bool rgb = std::string(format) == "gbrp";
    const std::string planes = rgb ? "gbrp" : format;
    CHECK(frame_hashes(f.file("fg.mkv"), planes) == frame_hashes(f.file("painted.mkv"), planes));
    CHECK(probe(f.file("fg.mkv"), "color_space") == probe(f.file("painted.mkv"), "color_space"));
  }
  f.paint({f.file("in.mkv"), f.file("out.mkv"), "-an", "--output-foreground", f.file("silent.mov"), "--frames", "1"});
  CHECK(probe(f.file("silent.mov"), "codec_name", "a:0").empty());
}

TEST_CASE("numbered PNGs of the cut-out and of the matte") {
  const Fixture f;
  make_person_clip(f.file("in.mkv"), "yuv420p");
  const std::vector<std::string> words{f.file("in.mkv"),    f.file("out.mkv"), "--output-foreground",
                                       f.file("fg_%d.png"), "--output-alpha",  f.file("a_%03d.png")};
  f.paint(words);
  f.paint({f.file("in.mkv"), f.file("out.mkv"), "--output-alpha", f.file("a.mkv")});
  const std::vector<Image> matte = f.frames("a.mkv", "format=gray");
  REQUIRE(matte.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i + 1);
    const Image foreground = read_image(f.file("fg_" + number + ".png"));
    CHECK(channel(foreground, 3) == matte[i].samples);
    CHECK(read_image(f.file("a_00" + number + ".png")).samples == matte[i].samples);
  }
  CHECK_FALSE(std::filesystem::exists(f.file("fg_5.png")));
  CHECK(f.hidden_files() == 0);
  std::filesystem::remove(f.file("out.mkv"));
  f.expect(1, words, "a_001.png: exists");
  f.expect(2, {f.file("in.mkv"), f.file("b.mkv"), "--output-foreground", f.file("fg.png")}, "out_%05d.png");
  f.expect(2, {f.file("in.mkv"), f.file("b.mkv"), "--output-foreground", f.file("fg.mp4")}, ".webm (VP9) or .mkv");
  f.expect(2, {f.file("in.mkv"), f.file("b.mkv"), "--output-alpha", f.file("%d%d.png")}, "out_%05d.png");
  f.expect(1, {f.file("in.mkv"), f.file("b.mkv"), "--output-alpha", f.file("none/%d.png")}, "there is no folder");
  CHECK_FALSE(std::filesystem::exists(f.file("b.mkv")));
}
