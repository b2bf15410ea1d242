// --steady: a still, noisy background holds still, and what moves does not know of it.
#include "tests/cli/stylize_program.h"

#include <cmath>

using namespace impasto::test;

namespace {

struct Clip {
  int height = 120, width = 160;
  std::vector<std::vector<std::uint8_t>> frames;  // R,G,B of each pixel

  [[nodiscard]] std::size_t at(int y, int x) const { return 3 * (static_cast<std::size_t>(y) * width + x); }
};

// A square that crosses the picture; another background from frame `cut` on.
struct Crossing {
  int frames = 14, cut = 10;
  int side = 32, speed = 6;
  float noise = 5;  // levels
  int start = 4;    // its left column at first
  int every = 1;    // frames to a step

  [[nodiscard]] int left(int frame) const { return start + speed * (frame / every); }
  [[nodiscard]] int top(const Clip& clip) const { return (clip.height - side) / 2; }
  // From the square, in pixels; 0 inside.
  [[nodiscard]] int distance(const Clip& clip, int frame, int y, int x) const {
    const auto outside = [&](int first, int place) { return std::max({first - place, place - (first + side - 1), 0}); };
    return std::max(outside(left(frame), x), outside(top(clip), y));
  }

  [[nodiscard]] Clip make(int height = 120, int width = 160) const {
    Clip clip{height, width, {}};
    const std::size_t values = clip.at(height, 0);
    for (int frame = 0; frame < frames; ++frame) {
      const std::vector<float> random = random_floats(3 * values, static_cast<std::uint64_t>(frame) + 1);
      std::vector<std::uint8_t>& pixels = clip.frames.emplace_back();
      for (std::size_t i = 0; i < values; ++i) {
        const int x = static_cast<int>(i / 3) % width, y = static_cast<int>(i / 3) / width;
        const float place = static_cast<float>(frame < cut ? x + 2 * y : 3 * x - y) / 29 + static_cast<float>(i % 3);
        // Three uniform numbers have variance 1 together.
        float value = (frame < cut ? 110.0F : 60.0F) + 45 * std::sin(place) +
                      noise * (random[3 * i] + random[3 * i + 1] + random[3 * i + 2]);
        if (distance(clip, frame, y, x) == 0) value += i % 3 == 1 ? -45.0F : 60.0F;
        pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0F, 255.0F)));
      }
    }
    return clip;
  }
};

struct Fixture {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }

  void write(const Clip& clip, const std::string& name) const {
    std::string bytes;
    for (const auto& frame : clip.frames) bytes.append(frame.begin(), frame.end());
    write_file(file("raw"), bytes);
    const std::string size = std::to_string(clip.width) + "x" + std::to_string(clip.height);
    REQUIRE(run({"ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "25", "-i",
                 file("raw"), "-c:v", "ffv1", "-pix_fmt", "gbrp", file(name)})
                .code == 0);
  }
  // What becomes of clip "in.mkv" without a matte.
  [[nodiscard]] Clip paint(const Clip& in, std::vector<std::string> words) const {
    words.insert(words.begin(), {file("in.mkv"), file("out.mkv"), "-c", "ffv1", "-y", "-m", "none"});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    REQUIRE(
        run({"ffmpeg", "-v", "error", "-y", "-i", file("out.mkv"), "-f", "rawvideo", "-pix_fmt", "rgb24", file("raw")})
            .code == 0);
    const std::string bytes = read_file(file("raw"));
    REQUIRE(bytes.size() == in.frames.size() * in.frames[0].size());
    Clip clip{in.height, in.width, {}};
    for (auto from = bytes.begin(); from != bytes.end(); from += static_cast<std::ptrdiff_t>(in.frames[0].size())) {
      clip.frames.emplace_back(from, from + static_cast<std::ptrdiff_t>(in.frames[0].size()));
    }
    return clip;
  }
};

double difference_of(std::uint8_t a, std::uint8_t b) {
  return std::abs(static_cast<double>(a) - static_cast<double>(b));
}

// Variance over the frames before the cut of pixels that the square never comes near to.
double flicker(const Clip& clip, const Crossing& crossing) {
  double total = 0, count = 0;
  for (int y = 0; y < clip.height; ++y) {
    for (int x = 0; x < clip.width; ++x) {
      int nearest = clip.width;
      for (int frame = 0; frame < crossing.cut; ++frame)
        nearest = std::min(nearest, crossing.distance(clip, frame, y, x));
      if (nearest < 24) continue;
      for (std::size_t c = 0; c < 3; ++c, ++count) {
        double mean = 0;
        for (int frame = 0; frame < crossing.cut; ++frame) mean += clip.frames[frame][clip.at(y, x) + c];
        mean /= crossing.cut;
        for (int frame = 0; frame < crossing.cut; ++frame) {
          const double d = clip.frames[frame][clip.at(y, x) + c] - mean;
          total += d * d / crossing.cut;
        }
      }
    }
  }
  REQUIRE(count > 0);
  return total / count;
}

// Half the mean squared difference of the last few frames, of the pixels that the square has passed.
double flicker_behind(const Clip& clip, const Crossing& crossing) {
  double total = 0, count = 0;
  for (int frame = crossing.frames - 4; frame + 1 < crossing.frames; ++frame) {
    for (int y = crossing.top(clip); y < crossing.top(clip) + crossing.side; ++y) {
      for (int x = 0; x < crossing.left(frame) - 24; ++x) {
        for (std::size_t c = 0; c < 3; ++c, ++count) {
          const double d =
              difference_of(clip.frames[frame][clip.at(y, x) + c], clip.frames[frame + 1][clip.at(y, x) + c]);
          total += d * d / 2;
        }
      }
    }
  }
  REQUIRE(count > 0);
  return total / count;
}

// Mean difference within 8 pixels of the square.
double near_difference(const Clip& a, const Clip& b, const Crossing& crossing) {
  double total = 0, count = 0;
  for (int frame = 0; frame < crossing.frames; ++frame) {
    for (int y = 0; y < a.height; ++y) {
      for (int x = 0; x < a.width; ++x) {
        if (crossing.distance(a, frame, y, x) > 8) continue;
        for (std::size_t c = 0; c < 3; ++c, ++count) {
          total += difference_of(a.frames[frame][a.at(y, x) + c], b.frames[frame][a.at(y, x) + c]);
        }
      }
    }
  }
  return total / count;
}

// Style 5 is steadier than without, but not within 8 pixels of the square.
void check_not_held(const Fixture& f, const Crossing& crossing, const Clip& in) {
  f.write(in, "in.mkv");
  const Clip off = f.paint(in, {"-s", "5", "--steady", "0"});
  const Clip on = f.paint(in, {"-s", "5"});
  CHECK(flicker(on, crossing) <= 0.5 * flicker(off, crossing));
  CHECK(near_difference(on, off, crossing) <= 1.5);
}

double psnr(const Clip& a, const Clip& b) {
  double squares = 0, count = 0;
  for (std::size_t frame = 0; frame < a.frames.size(); ++frame) {
    for (std::size_t i = 0; i < a.frames[frame].size(); ++i, ++count) {
      const double d = difference_of(a.frames[frame][i], b.frames[frame][i]);
      squares += d * d;
    }
  }
  return 10 * std::log10(255 * 255 * count / squares);
}

}  // namespace

TEST_CASE(
    "steady: by default the painting's flicker falls to less than half, not beside what moves, and not over a cut") {
  const Fixture f;
  const Crossing crossing;
  const Clip in = crossing.make();
  f.write(in, "in.mkv");
  for (const char* style : {"5", "19"}) {
    INFO(style);
    const Clip off = f.paint(in, {"-s", style, "--steady", "0"});
    const Clip on = f.paint(in, {"-s", style});
    CHECK(flicker(on, crossing) <= 0.5 * flicker(off, crossing));
    CHECK(near_difference(on, off, crossing) <= 1.5);
    CHECK(on.frames[0] == off.frames[0]);
    CHECK(on.frames[1] != off.frames[1]);
    CHECK(on.frames[static_cast<std::size_t>(crossing.cut)] == off.frames[static_cast<std::size_t>(crossing.cut)]);
  }
}

TEST_CASE("steady: a plain object that is larger than the look around is not held inside") {
  const Fixture f;
  const Crossing crossing{.frames = 12, .cut = 12, .side = 60, .speed = 8, .noise = 4};
  const Clip in = crossing.make();
  check_not_held(f, crossing, in);
}

TEST_CASE("steady: a plain object that enters, that is large, that is slow, is not held inside") {
  const Fixture f;
  const Crossing enters{.frames = 18, .cut = 18, .side = 60, .speed = 8, .noise = 4, .start = -60};
  const Crossing large{.frames = 22, .cut = 22, .side = 104, .speed = 8, .noise = 4, .start = -104};
  const Crossing leaves{.frames = 16, .cut = 16, .side = 104, .speed = 8, .noise = 4, .start = 30};
  const Crossing slow{.frames = 20, .cut = 20, .side = 60, .speed = 1, .noise = 4, .start = 70, .every = 2};
  for (const Crossing& crossing : {enters, large, leaves, slow}) {
    CAPTURE(crossing.side, crossing.start, crossing.every);
    const Clip in = crossing.make(240, 240);
    check_not_held(f, crossing, in);
  }
}

TEST_CASE("steady: behind an object that has passed the painting is held again") {
  const Fixture f;
  const Crossing crossing{.frames = 20, .cut = 20, .side = 28, .speed = 8, .noise = 4, .start = -28};
  const Clip in = crossing.make(64, 160);
  f.write(in, "in.mkv");
  const Clip off = f.paint(in, {"-s", "5", "--steady", "0"});
  CHECK(flicker_behind(f.paint(in, {"-s", "5"}), crossing) <= 0.5 * flicker_behind(off, crossing));
}

TEST_CASE("steady: a change of style is painted at once") {
  const Fixture f;
  const Crossing crossing{.frames = 6, .cut = 6, .side = 12};
  const Clip in = crossing.make(48, 64);
  f.write(in, "in.mkv");
  const Clip off = f.paint(in, {"-s", "0s:5,0.12s:19", "--steady", "0"});
  const Clip on = f.paint(in, {"-s", "0s:5,0.12s:19", "--steady", "1"});
  CHECK(on.frames[2] != off.frames[2]);
  CHECK(on.frames[3] == off.frames[3]);
}

TEST_CASE("steady: the same on simt, and the same bytes twice") {
  const Fixture f;
  const Crossing crossing{.frames = 5, .cut = 4, .side = 12};
  const Clip in = crossing.make(40, 56);
  f.write(in, "in.mkv");
  const Clip cpu = f.paint(in, {});
  const Clip simt = f.paint(in, {"-d", "simt"});
  CHECK(psnr(cpu, simt) >= 40);
  CHECK(f.paint(in, {}).frames == cpu.frames);
  CHECK(f.paint(in, {"-d", "simt"}).frames == simt.frames);
}

TEST_CASE("steady: -v tells how much the result flickers, and pictures know nothing of it") {
  const Fixture f;
  const Crossing crossing{.frames = 4, .cut = 4, .side = 8};
  const Clip in = crossing.make(64, 96);
  f.write(in, "in.mkv");
  const Finished done = stylize({f.file("in.mkv"), f.file("out.mkv"), "-c", "ffv1", "-m", "none", "-v"});
  CHECK(done.code == 0);
  CHECK(done.err.find("flicker of the result where the picture stands still: ") != std::string::npos);

  write_png(f.file("in.png"), make_image(40, 50, 3));
  for (const char* steady : {"0", "1"}) {
    REQUIRE(stylize({f.file("in.png"), f.file(std::string(steady) + ".png"), "--steady", steady}).code == 0);
  }
  CHECK(read_file(f.file("0.png")) == read_file(f.file("1.png")));
  const Finished bad = stylize({f.file("in.mkv"), f.file("bad.mkv"), "--steady", "1.5"});
  CHECK(bad.code == 2);
  CHECK(is_one_line(bad.err, "--steady 1.5"));
}
