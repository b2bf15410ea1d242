// Videos, in cells, that every implementation of Sweep is tested on.
#pragma once

#include "tests/support.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace impasto::test {

// A plain square that moves to the right; of its cells only the first and the last column show it. It stops; a new
// scene begins.
struct SweepCase {
  int rows, columns;  // of cells
  int side;           // of the square, in cells; 0: none
  int start;          // its left column in the first run
  int every;          // runs to a step of one cell
  int stops = 1000;   // after which run it moves no more
  int cut = 1000;     // the first run of another scene
  float noise = 1;    // levels of a cell's mean
  float fades = 0;    // levels that the light changes by from run to run
};
inline constexpr int kSweepRuns = 40;

// One cell; fewer than the squares have; more; an object that enters, one that is there, that stops, larger than the
// squares; noise that differs; a new scene; light that fades.
inline constexpr SweepCase kSweepCases[] = {
    {.rows = 1, .columns = 1, .side = 1, .start = -3, .every = 2},
    {.rows = 1, .columns = 9, .side = 3, .start = -3, .every = 1},
    {.rows = 7, .columns = 1, .side = 0, .start = 0, .every = 1, .noise = 6},
    {.rows = 5, .columns = 13, .side = 3, .start = 2, .every = 3, .cut = 9},
    {.rows = 15, .columns = 20, .side = 4, .start = -4, .every = 2, .stops = 8},
    {.rows = 26, .columns = 31, .side = 10, .start = -10, .every = 1, .cut = 30, .noise = 3},
    {.rows = 17, .columns = 50, .side = 30, .start = -20, .every = 2, .fades = 0.5F},
    {.rows = 31, .columns = 26, .side = 0, .start = 0, .every = 1, .noise = 5},
};

struct SweepFrame {
  std::vector<float> still, colours;  // [rows,columns], [rows,columns,3]
  bool continues;
};
inline SweepFrame sweep_frame(const SweepCase& c, int run) {
  const auto left = [&](int r) { return c.start + std::min(r, c.stops) / c.every; };
  const int top = (c.rows - c.side) / 2;
  const std::vector<float> random =
      random_floats(static_cast<std::size_t>(3) * c.rows * c.columns, static_cast<std::uint64_t>(run) + 1);
  SweepFrame frame{{}, {}, run > 0 && run != c.cut};
  for (int i = 0; i < c.rows; ++i) {
    for (int j = 0; j < c.columns; ++j) {
      const auto inside = [&](int r) { return i >= top && i < top + c.side && j >= left(r) && j < left(r) + c.side; };
      const float noise = random[frame.still.size()];
      frame.still.push_back(run > 0 && inside(run) != inside(run - 1) ? 0.1F * std::abs(noise) : 1.0F);
      for (int k = 0; k < 3; ++k) {
        const float light = c.fades * static_cast<float>(run) + (run >= c.cut ? 50.0F : 0.0F);
        const float scene = 60 + 20 * std::sin(0.3F * static_cast<float>(i + 2 * j) + static_cast<float>(k)) + light;
        const float plain = inside(run) ? 60.0F - 10 * static_cast<float>(k) : 0.0F;
        frame.colours.push_back(scene + plain + c.noise * random[frame.colours.size()]);
      }
    }
  }
  return frame;
}

}  // namespace impasto::test
