// --steady with whatever else changes how a frame is painted: pictures as styles, nets of one style, other styles
// behind the person, other sizes, borders and colours.
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"

#include <cmath>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr int kHeight = 36, kWidth = 50, kFrames = 5, kCut = 3;

// A still, noisy scene, and from frame kCut on another.
std::vector<Image> scenes() {
  std::vector<Image> frames;
  for (int frame = 0; frame < kFrames; ++frame) {
    Image& image = frames.emplace_back(Image{kHeight, kWidth, 3, {}});
    const std::vector<float> noise = random_floats(3 * kHeight * kWidth, static_cast<std::uint64_t>(frame) + 1);
    for (int i = 0; i < 3 * kHeight * kWidth; ++i) {
      const int x = i / 3 % kWidth, y = i / 3 / kWidth;
      const double place = (frame < kCut ? x + 2 * y : 2 * x - y) / 11.0 + i % 3;
      const double value = (frame < kCut ? 100 : 150) + 50 * std::sin(place) + 4 * double{noise[i]};
      image.samples.push_back(static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  return frames;
}

struct Looks : Workplace {
  std::vector<Image> in = scenes();
  Looks() {
    write_clip(file("in.mkv"), in);
    write_png(file("one.png"), make_image(60, 80, 3, 5));
    write_png(file("matte.png"), make_image(kHeight, kWidth, 1, 7));
    write_png(file("frame.png"), in[2]);
    const Weights random = Weights::random(find_net("transform_net").weight_table(), 3);
    std::vector<NamedTensor> tensors;
    for (const WeightView& view : random.tensors()) {
      tensors.push_back({view.name, view.dtype, view.shape, {view.data.begin(), view.data.end()}});
    }
    write_safetensors(file("net.safetensors"), tensors, {});
  }
  [[nodiscard]] std::vector<Image> video(std::vector<std::string> words, const std::vector<std::string>& more) const {
    words.insert(words.begin(), {file("in.mkv"), file("out.mkv"), "-c:v", "ffv1"});
    words.insert(words.end(), more.begin(), more.end());
    paint(words);
    return read_clip(file("out.mkv"), kHeight, kWidth, 3);
  }
};

double mean_change(const Image& a, const Image& b) {
  return difference(std::span<const std::uint8_t>(a.samples), std::span<const std::uint8_t>(b.samples)).mean;
}

}  // namespace

TEST_CASE("steady: every way to paint is held, begins anew at a cut, and is a picture's without it") {
  const Looks f;
  const std::string matte = f.file("matte.png");
  const std::vector<std::string> looks[] = {
      {"-m", "none", "-s", f.file("one.png"), "--preserve-color", "--border", "extend"},
      {"-m", "none", "-s", f.file("net.safetensors"), "--style-size", "30"},
      {"-m", matte, "-s", f.file("net.safetensors"), "--border", "none", "--bg-style", "19", "--strength", "0.8"},
      {"-m", matte, "-s", "3", "--apply", "background", "--style-size", "70"},
  };
  for (const std::vector<std::string>& words : looks) {
    CAPTURE(words);
    const std::vector<Image> off = f.video(words, {"--steady", "0"});
    const std::vector<Image> on = f.video(words, {});
    REQUIRE(off.size() == kFrames);
    REQUIRE(on.size() == kFrames);
    std::vector<std::string> single = words;
    single.insert(single.begin(), {f.file("frame.png"), f.file("out.png")});
    f.paint(single);
    CHECK(read_image(f.file("out.png")).samples == off[2].samples);
    CHECK(on[0].samples == off[0].samples);
    CHECK(mean_change(on[1], on[2]) < 0.6 * mean_change(off[1], off[2]));
    CHECK(on[kCut].samples == off[kCut].samples);
    CHECK(on[kCut + 1].samples != off[kCut + 1].samples);
  }
}

TEST_CASE("steady: a net of one style and the one behind the person are held alike on simt") {
  const Looks f;
  const std::vector<std::string> words{
      "-m", f.file("matte.png"), "-s",  f.file("net.safetensors"), "--bg-style", "5", "--style-size",
      "16", "--border",          "none"};
  const std::vector<Image> cpu = f.video(words, {"-d", "cpu", "--frames", "2"});
  const std::vector<Image> simt = f.video(words, {"-d", "simt", "--frames", "2"});
  REQUIRE(cpu.size() == 2);
  REQUIRE(simt.size() == 2);
  for (std::size_t frame = 0; frame < 2; ++frame) CHECK(psnr(cpu[frame], simt[frame]) >= 40);
}
