// sweep v2, rows: the formulas of sweep.h, one thread a cell, each extreme of a square across and then down.
//
// Against v1: the extreme of a square is the extreme of its rows' extremes, and those are shared by all squares that
// hold the row: 25 values twice, not 625. It costs a grid of rows' extremes between, written and read, and four
// launches more.
//
//   cells:  . . . . .      ->  rows' extremes:  . . # . .      ->  squares' extremes:  . . . . .
//           # # # # #                           . . # . .                              . . . . .
//           . . . . .                           . . # . .                              . . # . .
//
// Thread t of block b: cell 256 b + t of the grid that is written. Bytes: as v1, and the grids between, which stay in
// the L2 cache. Comparisons: some 120 a cell. Needs: grids below 2^31 values.
#include "kernels/sweep/sweep.h"

namespace impasto::IMPASTO_TARGET {

void sweep_v2_launch(const SweepProblem& d, const SweepArgs& args, Stream stream) {
  sweep_launch(
      d, args,
      [](const Window& window, const float* in, float* out, float* spare, Stream s) {
        Window across = window, down = window;
        across.rows_out = window.rows_in;
        across.down = 0;
        across.last = false;
        down.columns_in = window.columns_out;
        down.across = 0;
        sweep_window_launch(across, in, spare, s);
        sweep_window_launch(down, spare, out, s);
      },
      stream);
}

}  // namespace impasto::IMPASTO_TARGET
