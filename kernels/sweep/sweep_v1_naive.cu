// sweep v1, naive: the formulas of sweep.h, one thread a cell, each extreme of a square over all of its cells.
//
// Below it: nothing but the loops of sweep_ref.cpp, of which those over cells have become the grid. It costs loads: a
// square of 25 x 25 cells has 625, and a cell lies in as many squares.
//
//   cells:  | 0 1 2 ..  row 0        thread t of block b: cell 256 b + t, five launches
//           | w ..      row 1
//
// Bytes: 24 a cell are read, 20 written, and the workspace besides, which stays in the L2 cache. Comparisons: some 1300
// a cell. Needs: grids below 2^31 values.
#include "kernels/sweep/sweep.h"

namespace impasto::IMPASTO_TARGET {

void sweep_v1_launch(const SweepProblem& d, const SweepArgs& args, Stream stream) {
  sweep_launch(
      d, args,
      [](const Window& window, const float* in, float* out, float* /*spare*/, Stream s) {
        sweep_window_launch(window, in, out, s);
      },
      stream);
}

}  // namespace impasto::IMPASTO_TARGET
