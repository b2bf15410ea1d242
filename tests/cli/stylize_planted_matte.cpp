// A video whose matte has planted blotches, holes and noise: with the flags that clean it, it comes out with none.
#include "tests/cli/stylize_program.h"

#include <cmath>
#include <functional>

using namespace impasto::test;

namespace {

constexpr int kHeight = 96, kWidth = 128, kFrames = 14;

// How much of pixel (y, x) a soft disc or ellipse covers.
double ellipse(int y, int x, double centre_y, double centre_x, double down, double across, double softness = 3) {
  const double r = std::hypot((y - centre_y) / down, (x - centre_x) / across);
  return std::clamp(0.5 + (1 - r) * std::min(down, across) / softness, 0.0, 1.0);
}

// A person who walks, with a gap between the legs that opens to the picture's border.
double walker(int frame, int y, int x) {
  const double centre = 36 + 2 * frame;
  const bool between_legs = y > 80 && std::abs(x - centre) <= 3;
  return between_legs ? 0 : ellipse(y, x, 62, centre, 44, 15);
}
// And one who stands still, smaller and farther away.
double second(int y, int x) {
  return ellipse(y, x, 30, 112, 11, 7);
}
double truth(int frame, int y, int x) {
  return std::max(walker(frame, y, x), second(y, x));
}

// What a poor net would make of it.
double planted(int frame, int y, int x) {
  double m = truth(frame, y, x);
  // Blotches: of one frame, of some, and one larger than the second person.
  if (frame == 4) m = std::max(m, ellipse(y, x, 72, 112, 3, 4, 1));
  if (frame >= 6 && frame <= 10) m = std::max(m, ellipse(y, x, 12, 14, 3.5, 3.5));
  if (frame == 8) m = std::max(m, ellipse(y, x, 80, 112, 9, 9));
  // Holes: one that goes along with the walker, one that jumps about in them, one in the other for a frame.
  m = std::min(m, 1 - ellipse(y, x, 50, 36 + 2 * frame, 6, 4));
  m = std::min(m, 1 - ellipse(y, x, 66 + 5 * (frame % 3), 33 + 2 * frame + 4 * (frame % 2), 2.5, 2.5, 1));
  if (frame == 5) m = std::min(m, 1 - ellipse(y, x, 30, 112, 4, 3, 1));
  return m;
}

Image matte(int frame, const std::function<double(int, int, int)>& of, double noise) {
  Image image{kHeight, kWidth, 1, {}};
  const std::vector<float> noises = random_floats(kHeight * kWidth, static_cast<std::uint64_t>(frame) + 100);
  for (int i = 0; i < kHeight * kWidth; ++i) {
    const double value = 255 * of(frame, i / kWidth, i % kWidth) + noise * double{noises[i]};
    image.samples.push_back(static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0, 255.0)));
  }
  return image;
}

// What the camera saw: both before a wall, with its noise.
Image photo(int frame) {
  Image image{kHeight, kWidth, 3, {}};
  const std::vector<float> noises = random_floats(3 * kHeight * kWidth, static_cast<std::uint64_t>(frame) + 1);
  for (int i = 0; i < 3 * kHeight * kWidth; ++i) {
    const int y = i / 3 / kWidth, x = i / 3 % kWidth;
    const double wall = 110 + 40 * std::sin((x + 2 * y) / 23.0 + i % 3);
    const int walked = walker(frame, y, x) > 0 ? 2 * frame : 0;
    const double cloth = (i % 3 == 0 ? 210 : 70) + 25 * std::sin((x - walked) / 2.0 + y);
    const double value = wall + truth(frame, y, x) * (cloth - wall) + 4 * double{noises[i]};
    image.samples.push_back(static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0, 255.0)));
  }
  return image;
}

std::vector<Image> all_frames(const std::function<Image(int)>& make) {
  std::vector<Image> frames;
  for (int frame = 0; frame < kFrames; ++frame) frames.push_back(make(frame));
  return frames;
}

// Connected sets of pixels that are the person's, or, without those that touch the border, that are not.
int regions(const Image& matte, bool of_person) {
  const auto belongs = [&](int i) { return (matte.samples[static_cast<std::size_t>(i)] >= 128) == of_person; };
  std::vector<bool> seen(matte.samples.size());
  int count = 0;
  for (int first = 0; first < kHeight * kWidth; ++first) {
    if (seen[first] || !belongs(first)) continue;
    bool touches_border = false;
    std::vector<int> next{first};
    seen[first] = true;
    while (!next.empty()) {
      const int y = next.back() / kWidth, x = next.back() % kWidth;
      next.pop_back();
      touches_border = touches_border || y == 0 || x == 0 || y == kHeight - 1 || x == kWidth - 1;
      for (int i = 0; i < 9; ++i) {
        const int v = y + i / 3 - 1, u = x + i % 3 - 1;
        if (v < 0 || u < 0 || v >= kHeight || u >= kWidth || (!of_person && v != y && u != x)) continue;
        const int pixel = v * kWidth + u;
        if (seen[pixel] || !belongs(pixel)) continue;
        seen[pixel] = true;
        next.push_back(pixel);
      }
    }
    if (of_person || !touches_border) ++count;
  }
  return count;
}

double overlap(const Image& a, const Image& b) {
  int both = 0, either = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    const bool in_a = a.samples[i] >= 128, in_b = b.samples[i] >= 128;
    both += in_a && in_b ? 1 : 0;
    either += in_a || in_b ? 1 : 0;
  }
  return static_cast<double>(both) / either;
}

struct Planted : Workplace {
  std::vector<Image> raw = all_frames([](int frame) { return matte(frame, planted, 25); });
  std::vector<Image> right = all_frames([](int frame) { return matte(frame, truth, 0); });

  Planted() {
    write_clip(file("in.mkv"), all_frames(photo));
    write_clip(file("raw.mkv"), raw);
  }
  // The matte that comes out; nothing is painted.
  [[nodiscard]] std::vector<Image> clean(std::vector<std::string> words) const {
    words.insert(words.begin(), {file("in.mkv"), file("out.mkv"), "-m", file("raw.mkv"), "--strength", "0",
                                 "--output-alpha", file("a.mkv")});
    paint(words);
    std::vector<Image> mattes = read_clip(file("a.mkv"), kHeight, kWidth, 1);
    return mattes;
  }
};

const std::vector<std::string> kCleaned{"--matte-min-area", "0.004", "--matte-softness", "0.5",
                                        "--matte-smooth",   "0.5"};

}  // namespace

TEST_CASE("planted blotches and holes go, both persons stay, and the matte is nearer to the truth") {
  const Planted f;
  const std::vector<Image> mattes = f.clean(kCleaned);
  REQUIRE(mattes.size() == kFrames);
  for (int frame = 0; frame < kFrames; ++frame) {
    INFO(frame);
    const Image &was = f.raw[frame], &is = mattes[frame], &should = f.right[frame];
    REQUIRE(regions(was, false) >= 2);
    CHECK(regions(is, true) == 2);
    CHECK(regions(is, false) == 0);
    CHECK(overlap(is, should) >= overlap(was, should));
    CHECK(overlap(is, should) >= 0.97);
    // Nothing is left of blotches and noise away from the edges, nothing is missing inside; the edges are soft.
    double soft = 0, off = 0;
    int wrong = 0;
    for (int i = 0; i < kHeight * kWidth; ++i) {
      const int made = is.samples[i], meant = should.samples[i];
      if ((meant == 0 && made > 8) || (meant == 255 && made < 247)) ++wrong;
      if (meant < 100 || meant > 155) continue;
      const double t = std::clamp((meant / 255.0 - 0.25) / 0.5, 0.0, 1.0);
      off += std::abs(made / 255.0 - t * t * (3 - 2 * t));
      ++soft;
    }
    CHECK(wrong == 0);
    CHECK(soft > 20);
    CHECK(off / soft < 0.16);  // the mean of the noise, three times: the step makes edges as much steeper
  }
}

TEST_CASE("planted: what is not asked for is not cleaned, and the kernels clean alike") {
  const Planted f;
  CHECK(f.clean({})[8].samples == f.raw[8].samples);
  const auto cleaned_with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = kCleaned;
    words.insert(words.end(), more.begin(), more.end());
    return f.clean(words);
  };
  const std::vector<Image> open = cleaned_with({"--no-matte-fill"});
  CHECK(regions(open[9], true) == 2);
  CHECK(regions(open[9], false) >= 1);
  const std::vector<Image> filled = f.clean({"--matte-min-area", "0", "--matte-threshold", "0.5"});
  CHECK(regions(filled[9], true) == 3);
  CHECK(regions(filled[9], false) == 0);
  const std::vector<Image> cpu = cleaned_with({"--frames", "5", "-d", "cpu"});
  const std::vector<Image> simt = cleaned_with({"--frames", "5", "-d", "simt"});
  REQUIRE(cpu.size() == 5);
  REQUIRE(simt.size() == 5);
  for (std::size_t frame = 0; frame < 5; ++frame) CHECK(psnr(cpu[frame], simt[frame]) >= 40);
}

TEST_CASE("planted: -v tells how much a given matte flickers, and --matte-smooth more than halves it") {
  const Planted f;
  const auto flicker = [&](const char* smooth) {
    const Finished done = stylize({f.file("in.mkv"), f.file("out.mkv"), "-y", "-m", f.file("raw.mkv"), "--view",
                                   "matte", "--matte-smooth", smooth, "-v"});
    INFO(done.err);
    REQUIRE(done.code == 0);
    const std::string before = "flicker of the matte where the picture stands still: ";
    const std::size_t at = done.err.find(before);
    REQUIRE(at != std::string::npos);
    return std::stod(done.err.substr(at + before.size()));
  };
  const double off = flicker("0");
  CHECK(off > 1e-4);
  CHECK(flicker("0.5") < off / 2);
}
