// --matte-smooth on a whole frame's graph: a person who stands still before a still background, noise over all of it,
// and an object that crosses.
#include "nets/frame.h"
#include "runtime/engine.h"
#include "tests/golden/golden.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace impasto;
using namespace impasto::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kHeight = 240, kWidth = 320;
constexpr float kNoise = 4;  // levels, one standard deviation

// The object: its side, how far it moves in a frame, and its rows, which cross the person's edges.
constexpr int kSide = 28, kStep = 7, kTop = 170;

int object_left(int t) {
  return kStep * t;
}

// Frame t: the middle of the portrait, the object, the noise.
Picture frame_at(const Picture& portrait, int t, bool object = true) {
  Picture frame{kHeight, kWidth, Bytes(std::size_t{3} * kHeight * kWidth)};
  const std::vector<float> random = random_floats(3 * frame.rgb.size(), static_cast<std::uint64_t>(t) + 1);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const bool inside = object && y >= kTop && y < kTop + kSide && x >= object_left(t) && x < object_left(t) + kSide;
      for (int c = 0; c < 3; ++c) {
        const std::size_t i = (std::size_t{1} * y * kWidth + x) * 3 + c;
        const int py = y * portrait.h / kHeight, px = x * portrait.w / kWidth;
        const float value = inside ? (c == 0 ? 40.0F : 200.0F)
                                   : static_cast<float>(portrait.rgb[(std::size_t{1} * py * portrait.w + px) * 3 + c]);
        const float noise = random[3 * i] + random[3 * i + 1] + random[3 * i + 2];  // of variance 1
        frame.rgb[i] = static_cast<std::uint8_t>(std::clamp(std::round(value + kNoise * noise), 0.0F, 255.0F));
      }
    }
  }
  return frame;
}

struct Film {
  std::vector<Bytes> pictures, mattes;
};

// Every frame of the video with the given smoothing, the person before a colour; `first` are the first of their scenes.
Film film(const std::vector<Picture>& frames, const std::vector<bool>& first, float smooth) {
  const Weights selfie = embedded("selfie.safetensors");
  FrameSpec spec{.height = kHeight, .width = kWidth, .in = {}, .out = {}};
  spec.matte_net = &find_net("selfie");
  spec.matte_weights = &selfie;
  spec.matte_smooth = smooth;
  spec.behind = Behind::colour;
  spec.colour = {20, 220, 30};
  spec.output_alpha = true;
  const FrameGraph frame = build_frame(spec);
  REQUIRE(frame.look_ahead == (smooth > 0));
  const std::unique_ptr<Backend> backend = make_backend();
  Engine engine(frame.graph, *backend);

  Film result;
  const auto read = [&](TensorId id) {
    Bytes bytes(engine.host(id).size());
    std::memcpy(bytes.data(), engine.host(id).data(), bytes.size());
    return bytes;
  };
  const std::size_t ahead = frame.look_ahead ? 1 : 0;
  for (std::size_t run = 0; run < frames.size() + ahead; ++run) {
    const Picture& seen = frames[std::min(run, frames.size() - 1)];
    std::memcpy(engine.host(frame.in.front()).data(), seen.rgb.data(), seen.rgb.size());
    if (frame.moment != kAbsent) {
      const bool continues = run > 0 && !first[run - 1], goes_on = run > 0 && run < frames.size() && !first[run];
      const float moment[4] = {continues ? 1.0F : 0.0F, goes_on ? 1.0F : 0.0F};
      std::memcpy(engine.host(frame.moment).data(), moment, sizeof moment);
    }
    engine.run();
    if (run < ahead) continue;
    result.pictures.push_back(read(frame.tiles.front().front()));
    result.mattes.push_back(read(frame.alpha));
  }
  return result;
}

// Half the mean square of what changes from a frame to the next, in the rows that the object is far from.
double flicker(const std::vector<Bytes>& mattes) {
  constexpr int kFar = 48;
  double sum = 0, count = 0;
  for (std::size_t t = 1; t < mattes.size(); ++t) {
    for (std::size_t i = 0; i < std::size_t{kTop - kFar} * kWidth; ++i, ++count) {
      sum += std::pow((mattes[t][i] - mattes[t - 1][i]) / 255.0, 2) / 2;
    }
  }
  return sum / count;
}

// Mean difference of two films' pictures within 8 pixels of the object, in levels.
double difference_near_object(const Film& a, const Film& b) {
  constexpr int kNear = 8;
  double sum = 0, count = 0;
  for (std::size_t t = 0; t < a.pictures.size(); ++t) {
    const int left = object_left(static_cast<int>(t));
    for (int y = kTop - kNear; y < kTop + kSide + kNear; ++y) {
      for (int x = std::max(0, left - kNear); x < std::min(kWidth, left + kSide + kNear); ++x) {
        for (int c = 0; c < 3; ++c, ++count) {
          const std::size_t i = (std::size_t{1} * y * kWidth + x) * 3 + c;
          sum += std::abs(a.pictures[t][i] - b.pictures[t][i]);
        }
      }
    }
  }
  return sum / count;
}

Picture portrait() {
  return picture_of(Weights::open(data_dir() / "selfie/selfie.safetensors"));
}

}  // namespace

TEST_CASE("matte over time: what stands still flickers less than half, and what moves stays as it is") {
  constexpr int kFrames = 14;
  const Picture person = portrait();
  std::vector<Picture> frames;
  for (int t = 0; t < kFrames; ++t) frames.push_back(frame_at(person, t));
  std::vector<bool> first(kFrames, false);
  first[0] = true;
  const Film off = film(frames, first, 0);
  const Film on = film(frames, first, 0.5F);
  REQUIRE(on.pictures.size() == frames.size());
  CAPTURE(flicker(off.mattes), flicker(on.mattes), difference_near_object(off, on));
  CHECK(flicker(off.mattes) > 1e-6);  // there is something to be smoothed
  CHECK(flicker(on.mattes) <= flicker(off.mattes) / 2);
  CHECK(difference_near_object(off, on) <= 1.5);
}

TEST_CASE("matte over time: a scene begins with the net's own matte, and nothing of the last one is left in it") {
  const Picture person = portrait();
  Picture other = person;
  for (std::uint8_t& v : other.rgb) v = static_cast<std::uint8_t>(255 - v);
  std::vector<Picture> frames;
  for (int t = 0; t < 7; ++t) frames.push_back(frame_at(t < 4 ? person : other, t, false));
  const std::vector<bool> first{true, false, false, false, true, false, false};
  const Film off = film(frames, first, 0);
  const Film on = film(frames, first, 0.5F);
  CHECK(on.mattes[0] == off.mattes[0]);
  CHECK(on.mattes[3] != off.mattes[3]);
  CHECK(on.mattes[4] == off.mattes[4]);
  CHECK(on.pictures[4] == off.pictures[4]);
  // The second scene alone.
  const Film alone = film({frames.begin() + 4, frames.end()}, {true, false, false}, 0.5F);
  for (std::size_t t = 0; t < 3; ++t) CHECK(alone.mattes[t] == on.mattes[t + 4]);
}
