// stillness v1, naive: the formulas of stillness.h, one thread a cell.
//
// Below it: nothing but the loops of stillness_ref.cpp over whole numbers, of which those over cells have become the
// grid. It costs loads of one byte, 24 bytes apart from lane to lane: a warp's request touches a sector for each lane,
// and the same sectors are asked for 24 times.
//
//   frame:  | cell 0: p0 .. p7 | cell 1: p0 .. p7 | ..  row 0       thread t of block b: cell 256 b + t
//           | cell 0: p8 .. p15 | ..                    row 1
//
// Bytes: 6 H W, and 4 a cell. Integer operations: about 30 H W. Needs: frames below 2^31 values.
#include "kernels/stillness/stillness.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) stillness_v1_naive(StillnessProblem d, StillnessArgs args) {
  const int cell = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (cell >= d.rows() * d.columns()) return;
  const int top = d.first(cell / d.columns(), d.h), left = d.first(cell % d.columns(), d.w);
  CellSums sums;
  int column[kCell][3] = {};
  int all[3] = {};
  for (int y = 0; y < d.cell_h(); ++y) {
    int row[3] = {};
#pragma unroll  // or the columns' sums would lie in local memory
    for (int x = 0; x < kCell; ++x) {
      if (x >= d.cell_w()) break;
      const int at = 3 * ((top + y) * d.w + left + x);
      for (int c = 0; c < 3; ++c) {
        const int difference = args.now[at + c] - args.before[at + c];
        sums.squares += difference * difference;
        column[x][c] += difference;
        row[c] += difference;
      }
    }
    sums.add_row(row[0], row[1], row[2]);
    for (int c = 0; c < 3; ++c) all[c] += row[c];
  }
#pragma unroll
  for (int x = 0; x < kCell; ++x) sums.add_column(column[x][0], column[x][1], column[x][2]);
  sums.all = all[0] * all[0] + all[1] * all[1] + all[2] * all[2];
  args.y[cell] = cell_stillness(d, sums);
}

}  // namespace

void stillness_v1_launch(const StillnessProblem& d, const StillnessArgs& args, Stream stream) {
  require_32_bit_indices(d);
  launch(stream, dim3(blocks_for(d.rows() * d.columns(), kThreads)), dim3(kThreads), 0, kernel<stillness_v1_naive>, d,
         args);
}

}  // namespace impasto::IMPASTO_TARGET
