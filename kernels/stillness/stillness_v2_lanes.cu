// stillness v2, lanes: the formulas of stillness.h, one lane a column of a cell.
//
// Against v1: neighbouring lanes read neighbouring pixels, so that a warp's request touches the three or four sectors
// that hold its 32 pixels, not one a lane. It costs shuffles: a row's sum lies in eight lanes.
//
//   frame:  | p0 | p1 | .. | p7 | p8 ..      lane l of warp k: column l % 8 of cell 4 k + l / 8, all its rows
//   lanes:    l0   l1        l7 | l8 ..      row sums: exchanged among the eight lanes of a cell, in three steps
//
// Bytes, integer operations: as v1, and 3 shuffles a channel and row. Needs: frames below 2^31 values.
#include "kernels/stillness/stillness.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr unsigned kWarp = 0xffffffffU;

// Over the eight lanes of a cell.
[[nodiscard]] __device__ int sum_of_cell(int value) {
  for (int lane = 1; lane < kCell; lane *= 2) value += __shfl_xor_sync(kWarp, value, lane);
  return value;
}
[[nodiscard]] __device__ int largest_of_cell(int value) {
  for (int lane = 1; lane < kCell; lane *= 2) {
    const int other = __shfl_xor_sync(kWarp, value, lane);
    value = other > value ? other : value;
  }
  return value;
}

__global__ void __launch_bounds__(kThreads) stillness_v2_lanes(StillnessProblem d, StillnessArgs args) {
  const int thread = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  const int cells = d.rows() * d.columns();
  const int cell = thread / kCell < cells ? thread / kCell : cells - 1;  // for all lanes take part in shuffles
  const int x = thread % kCell;
  const int top = d.first(cell / d.columns(), d.h), left = d.first(cell % d.columns(), d.w);
  CellSums sums;
  int column[3] = {};
  for (int y = 0; y < d.cell_h(); ++y) {
    int difference[3] = {};
    if (x < d.cell_w()) {
      const int at = 3 * ((top + y) * d.w + left + x);
      for (int c = 0; c < 3; ++c) difference[c] = args.now[at + c] - args.before[at + c];
    }
    for (int c = 0; c < 3; ++c) {
      sums.squares += difference[c] * difference[c];
      column[c] += difference[c];
    }
    sums.add_row(sum_of_cell(difference[0]), sum_of_cell(difference[1]), sum_of_cell(difference[2]));
  }
  sums.add_column(column[0], column[1], column[2]);
  sums.squares = sum_of_cell(sums.squares);
  sums.columns = sum_of_cell(sums.columns);
  sums.largest_column = largest_of_cell(sums.largest_column);
  for (int c = 0; c < 3; ++c) column[c] = sum_of_cell(column[c]);
  sums.all = column[0] * column[0] + column[1] * column[1] + column[2] * column[2];
  if (x == 0 && thread / kCell < cells) args.y[cell] = cell_stillness(d, sums);
}

}  // namespace

void stillness_v2_launch(const StillnessProblem& d, const StillnessArgs& args, Stream stream) {
  require_32_bit_indices(d);
  launch(stream, dim3(blocks_for(d.rows() * d.columns() * kCell, kThreads)), dim3(kThreads), 0,
         kernel<stillness_v2_lanes>, d, args);
}

}  // namespace impasto::IMPASTO_TARGET
