// stillness: two frames rgb [H,W,3] of bytes -> [ceil(H/8), ceil(W/8)] floats in 0..1, one for a cell of 8 x 8 pixels:
// 1 where it stands still, 0 where it moves, and between where that is unsure.
//
// Of a cell the differences d of its pixels, in three channels, are split as an analysis of variance of rows and
// columns does: into the sums of groups (each column, each row, the whole), and the variance v that no row or column
// explains. Noise that is independent from pixel to pixel is all in v; an edge that has moved stands out from it in a
// column or a row, and a change of light in the whole:
//   group = max over the groups of (sum over channels of (sum of d)^2) / (pixels * max(v, least_variance))
//   power = mean d^2
//   y = 1 - max(ramp(group, group_low, group_high), ramp(power, power_low, power_high))
// A cell that would reach over the edge is the last one that does not, moved back, so that none is only a pixel wide.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cstdint>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

inline constexpr int kCell = 8;  // pixels across and down

struct StillnessProblem {
  int h = 1, w = 1;
  float group_low = 40, group_high = 65;
  float least_variance = 25;
  float power_low = 196, power_high = 256;

  [[nodiscard]] __host__ __device__ int rows() const { return blocks_for(h, kCell); }
  [[nodiscard]] __host__ __device__ int columns() const { return blocks_for(w, kCell); }
  // Pixels of a cell.
  [[nodiscard]] __host__ __device__ int cell_h() const { return h < kCell ? h : kCell; }
  [[nodiscard]] __host__ __device__ int cell_w() const { return w < kCell ? w : kCell; }
  // The first row or column of pixels of cell i.
  [[nodiscard]] __host__ __device__ static int first(int i, int extent) {
    const int last = extent < kCell ? 0 : extent - kCell;
    return i * kCell < last ? i * kCell : last;
  }
};

// Device pointers.
struct StillnessArgs {
  const std::uint8_t* now = nullptr;
  const std::uint8_t* before = nullptr;
  float* y = nullptr;
};

using StillnessRung = Rung<StillnessProblem, StillnessArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const StillnessRung> stillness_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const StillnessRung& choose_stillness(const StillnessProblem& problem);

// For launchers: throws if a frame has 2^31 values or more.
void require_32_bit_indices(const StillnessProblem& problem);

// The definition of correct, in double.
[[nodiscard]] std::vector<double> stillness_reference(const StillnessProblem& problem,
                                                      std::span<const std::uint8_t> now,
                                                      std::span<const std::uint8_t> before);

// The rungs. Each takes every problem.
void stillness_v1_launch(const StillnessProblem& problem, const StillnessArgs& args, Stream stream);
void stillness_v2_launch(const StillnessProblem& problem, const StillnessArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// Of a cell's differences, all whole numbers: sums over the channels of the sum of squares, and of the squares of the
// sums of columns, rows and all, added up and the largest of them.
struct CellSums {
  int squares = 0;
  int columns = 0, largest_column = 0;
  int rows = 0, largest_row = 0;
  int all = 0;

  __device__ void add_column(int r, int g, int b) {
    const int square = r * r + g * g + b * b;
    columns += square;
    largest_column = square > largest_column ? square : largest_column;
  }
  __device__ void add_row(int r, int g, int b) {
    const int square = r * r + g * g + b * b;
    rows += square;
    largest_row = square > largest_row ? square : largest_row;
  }
};

[[nodiscard]] __device__ inline float ramp(float x, float low, float high) {
  const float t = (x - low) / (high - low);
  return t < 0 ? 0.0F : t > 1 ? 1.0F : t;
}

// The sums below stay in an int: n times the squares is at most 64 * 192 * 255^2.
[[nodiscard]] __device__ inline float cell_stillness(const StillnessProblem& d, const CellSums& s) {
  const int h = d.cell_h(), w = d.cell_w(), n = h * w;
  const int unexplained = n * s.squares - w * s.columns - h * s.rows + s.all;  // n times the squares of what is left
  const int freedom = 3 * (h - 1) * (w - 1);
  float variance = d.least_variance;
  if (freedom > 0) {
    const float v = static_cast<float>(unexplained) / static_cast<float>(n * freedom);
    variance = v > variance ? v : variance;
  }
  float group = static_cast<float>(s.largest_column) / static_cast<float>(h);
  const float row = static_cast<float>(s.largest_row) / static_cast<float>(w);
  const float all = static_cast<float>(s.all) / static_cast<float>(n);
  group = row > group ? row : group;
  group = all > group ? all : group;
  const float of_group = ramp(group / variance, d.group_low, d.group_high);
  const float of_power = ramp(static_cast<float>(s.squares) / static_cast<float>(3 * n), d.power_low, d.power_high);
  return 1 - (of_group > of_power ? of_group : of_power);
}

}  // namespace impasto::IMPASTO_TARGET
