// blend: y = x + weight (y - x), in place: y [h,w,3] comes with what it became the last time. weight is that of the
// pixel, share * moment * stillness, with stillness [rows,columns] of cells of 8 x 8 pixels, the first at the
// picture's top left, interpolated between the middles of the cells, the nearest cell's beyond. Where the weight is 0,
// y = x to the last bit, whatever y was.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

inline constexpr int kBlendCell = 8;  // pixels across and down

struct BlendProblem {
  int h = 1, w = 1;
  int rows = 1, columns = 1;
  float share = 0.5F;
};

// Device pointers.
struct BlendArgs {
  const float* x = nullptr;
  const float* stillness = nullptr;
  const float* moment = nullptr;  // one number: 1, or 0 to forget y
  float* y = nullptr;
};

using BlendRung = Rung<BlendProblem, BlendArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const BlendRung> blend_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const BlendRung& choose_blend(const BlendProblem& problem);

// For launchers: throws if y has 2^31 values or more.
void require_32_bit_indices(const BlendProblem& problem);

// The definition of correct, in double, of a moment 1.
[[nodiscard]] std::vector<double> blend_reference(const BlendProblem& problem, std::span<const float> x,
                                                  std::span<const float> stillness, std::span<const float> last);

// The rungs. Each takes every problem.
void blend_v1_launch(const BlendProblem& problem, const BlendArgs& args, Stream stream);
void blend_v2_launch(const BlendProblem& problem, const BlendArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// Where a pixel lies among the cells of an axis: between cells `first` and `second`, this far from the first.
struct CellPlace {
  int first, second;
  float part;
};
[[nodiscard]] __device__ inline CellPlace cell_place(int pixel, int cells) {
  const int sixteenths = 2 * pixel + 1 - kBlendCell;  // from the middle of cell 0, of a cell
  if (sixteenths <= 0) return {0, 0, 0};
  const int first = sixteenths / (2 * kBlendCell);
  if (first >= cells - 1) return {cells - 1, cells - 1, 0};
  return {first, first + 1, static_cast<float>(sixteenths % (2 * kBlendCell)) / (2 * kBlendCell)};
}

[[nodiscard]] __device__ inline float blend_weight(const BlendProblem& d, const BlendArgs& args, int pixel) {
  const CellPlace down = cell_place(pixel / d.w, d.rows), across = cell_place(pixel % d.w, d.columns);
  const float* above = args.stillness + down.first * d.columns;
  const float* below = args.stillness + down.second * d.columns;
  const float left = above[across.first] + down.part * (below[across.first] - above[across.first]);
  const float right = above[across.second] + down.part * (below[across.second] - above[across.second]);
  return d.share * *args.moment * (left + across.part * (right - left));
}

}  // namespace impasto::IMPASTO_TARGET
