// Scene cuts: seen in planes of any format, and not where there is none.
#include "apps/stylize/scene_cuts.h"

#include "tests/support.h"

#include <cmath>
#include <cstring>

using namespace impasto;
using namespace impasto::test;
using stylize::SceneCuts;

namespace {

using Model = PixelFormat::Model;

// A picture of waves of `kind` about `middle` (0..255), with noise and a square of `side` pixels at `left`.
struct Shown {
  int kind = 0;
  float middle = 100;
  float noise = 0;
  int side = 0;
  int left = 0;
};

media::Picture picture(const PixelFormat& format, int height, int width, const Shown& shown, std::uint64_t seed) {
  media::Picture p;
  p.height = height;
  p.width = width;
  p.format = format;
  for (const Shape& shape : format.plane_shapes(height, width)) {
    const auto count = static_cast<std::size_t>(shape.count());
    const std::vector<float> random = random_floats(3 * count, seed++);
    std::vector<std::byte> plane(count * size_of(format.dtype()));
    for (std::size_t i = 0; i < count; ++i) {
      const int c = static_cast<int>(i) % shape.c, x = static_cast<int>(i) / shape.c % shape.w;
      const int y = static_cast<int>(i) / shape.c / shape.w;
      const int step = height / shape.h;  // of a chroma plane
      const float wave =
          std::sin(0.05F * static_cast<float>(shown.kind + 1) * static_cast<float>(step * (x + 2 * y) + c));
      float v = shown.middle + 60 * wave + shown.noise * (random[3 * i] + random[3 * i + 1] + random[3 * i + 2]);
      const bool inside = step * x >= shown.left && step * x < shown.left + shown.side && step * y < shown.side;
      if (inside) v = 240;
      const auto code =
          static_cast<std::uint16_t>(std::clamp(v, 0.0F, 255.0F) * static_cast<float>(1 << (format.depth - 8)));
      if (format.depth == 8) {
        plane[i] = static_cast<std::byte>(code);
      } else {
        std::memcpy(&plane[2 * i], &code, 2);
      }
    }
    p.planes.push_back(std::move(plane));
  }
  return p;
}

constexpr PixelFormat kFormats[] = {
    {},
    {.model = Model::grey},
    {.model = Model::gbr, .depth = 10},
    {.model = Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1, .semi_planar = true},
    {.model = Model::yuv, .depth = 10, .log2_chroma_w = 1, .log2_chroma_h = 1},
};

}  // namespace

TEST_CASE("scene cuts: the first frame begins a scene, another picture does, the same one with other noise does not") {
  for (const PixelFormat& format : kFormats) {
    for (const auto& [height, width] : std::vector<std::pair<int, int>>{{90, 160}, {360, 640}, {33, 47}}) {
      CAPTURE(static_cast<int>(format.model), format.depth, height, width);
      SceneCuts cuts;
      const auto begins = [&](const Shown& shown, std::uint64_t seed) {
        return cuts.begins(picture(format, height, width, shown, seed));
      };
      CHECK(begins({.noise = 20}, 1));
      CHECK_FALSE(begins({.noise = 20}, 2));
      CHECK_FALSE(begins({.noise = 20}, 3));
      CHECK(begins({.kind = 3, .middle = 130, .noise = 20}, 4));
      CHECK_FALSE(begins({.kind = 3, .middle = 130, .noise = 20}, 5));
      CHECK(begins({.noise = 20}, 6));
    }
  }
}

TEST_CASE("scene cuts: an object that crosses, and light that fades, are none") {
  for (const PixelFormat& format : kFormats) {
    SceneCuts cuts;
    CHECK(cuts.begins(picture(format, 180, 320, {.noise = 8, .side = 150}, 1)));
    for (int t = 1; t < 12; ++t) {
      CAPTURE(t);
      CHECK_FALSE(cuts.begins(picture(format, 180, 320, {.noise = 8, .side = 150, .left = 25 * t}, 1)));
    }
    CHECK_FALSE(cuts.begins(picture(format, 180, 320, {.noise = 8}, 1)));
    for (int t = 1; t < 10; ++t) {
      CHECK_FALSE(
          cuts.begins(picture(format, 180, 320, {.middle = 100 + 5.0F * static_cast<float>(t), .noise = 8}, 2)));
    }
  }
}

TEST_CASE("scene cuts: of one pixel") {
  SceneCuts cuts;
  CHECK(cuts.begins(picture({}, 1, 1, {.middle = 100}, 1)));
  CHECK_FALSE(cuts.begins(picture({}, 1, 1, {.middle = 102}, 1)));
  CHECK(cuts.begins(picture({}, 1, 1, {.middle = 200}, 1)));
}
