// Problems that every implementation of Blend is tested on.
#pragma once

#include "tests/support.h"

#include <vector>

namespace impasto::test {

struct BlendCase {
  int h, w;           // of the painted picture
  int rows, columns;  // of cells: of a frame that is as large, or smaller
  float share;
};

// One pixel, less than a cell, cells that the picture reaches beyond, sizes that no vector divides.
inline constexpr BlendCase kBlendCases[] = {
    {1, 1, 1, 1, 0.5F}, {3, 5, 1, 1, 0.75F},  {16, 16, 1, 1, 0.5F},   {8, 24, 1, 3, 0.9F},     {17, 9, 3, 2, 0.5F},
    {24, 8, 2, 1, 1},   {31, 45, 4, 6, 0.6F}, {40, 163, 5, 21, 0.5F}, {72, 128, 9, 16, 0.25F}, {45, 60, 5, 7, 0.9F},
};

struct BlendData {
  std::vector<float> x, last, stillness;
};
// Stillness has areas of 0 and of 1, and values between.
inline BlendData blend_data(const BlendCase& c) {
  const std::size_t values = static_cast<std::size_t>(c.h) * c.w * 3;
  BlendData data{random_floats(values, 1), random_floats(values, 2),
                 random_floats(static_cast<std::size_t>(c.rows) * c.columns, 3)};
  for (float& v : data.x) v = 128 + 140 * v;
  for (float& v : data.last) v = 128 + 140 * v;
  for (float& s : data.stillness) s = std::clamp(0.5F + 1.5F * s, 0.0F, 1.0F);
  return data;
}

}  // namespace impasto::test
