// Pairs of frames that every implementation of Stillness is tested on.
#pragma once

#include "tests/support.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace impasto::test {

struct StillnessCase {
  int h, w;
  float noise;     // levels, of each frame
  int object;      // side of a square in the second frame, its middle the frame's; 0: none
  int contrast;    // levels by which it differs
  bool checkered;  // the square has the contrast at every other pixel, with the other sign between
};

// Sizes that no cell divides, smaller than a cell, one pixel; noise alone, weak, at its limit, strong; objects of a
// cell's eighth, of cells, all of the frame.
inline constexpr StillnessCase kStillnessCases[] = {
    {1, 1, 0, 0, 0, false},     {1, 1, 0, 1, 255, false},    {5, 3, 4, 2, 15, false},       {8, 8, 8, 0, 0, false},
    {7, 40, 8, 4, 30, false},   {9, 17, 0, 3, 15, false},    {64, 96, 8, 0, 0, false},      {64, 96, 12, 0, 0, false},
    {50, 131, 0, 3, 15, false}, {50, 131, 8, 24, 15, false}, {61, 75, 3, 5, 9, false},      {72, 88, 0, 16, 15, true},
    {72, 88, 5, 20, 17, true},  {40, 200, 0, 300, 2, false}, {40, 200, 0, 300, 255, false}, {33, 129, 40, 0, 0, false},
};

struct FramePair {
  std::vector<std::uint8_t> now, before;
};
inline FramePair frames_of(const StillnessCase& c) {
  const std::size_t count = static_cast<std::size_t>(c.h) * c.w * 3;
  // The sum of three uniform numbers has variance 1 and is noise enough.
  const auto frame = [&](std::uint64_t seed, bool moved) {
    const std::vector<float> random = random_floats(3 * count, seed);
    std::vector<std::uint8_t> values;
    for (std::size_t i = 0; i < count; ++i) {
      const int x = static_cast<int>(i / 3) % c.w, y = static_cast<int>(i / 3) / c.w;
      float value = 90 + 50 * std::sin(0.2F * static_cast<float>(x + 2 * y)) +
                    c.noise * (random[3 * i] + random[3 * i + 1] + random[3 * i + 2]);
      const bool inside = std::abs(2 * x + 1 - c.w) <= c.object && std::abs(2 * y + 1 - c.h) <= c.object;
      if (moved && inside) value += static_cast<float>(c.checkered && (x + y) % 2 == 1 ? -c.contrast : c.contrast);
      values.push_back(static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0F, 255.0F)));
    }
    return values;
  };
  return {frame(7, true), frame(8, false)};
}

}  // namespace impasto::test
