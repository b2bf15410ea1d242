// matte_smooth v1, naive: the formula of matte_smooth.h, one thread a value.
//
// Below it: nothing but the loop, which has become the grid. It costs instructions: the place between the cells, and
// eight loads of stillness, for each value.
//
//   mattes:     | v0 v1 ... v31 | v32 ...     neighbours in memory are neighbours in a warp
//   stillness:  |  c0   |  c1   |  c2  ...    some of them read the same cells
//
// Thread t of block b makes value 256 b + t.
//
// FLOPs: some 50 h w. DRAM bytes: 16 h w, and 4 a cell for each map.
// Needs: mattes below 2^31 values.
#include "kernels/matte_smooth/matte_smooth.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) matte_smooth_v1_naive(MatteSmoothing s, int count, MatteSmoothArgs args) {
  const unsigned thread = blockIdx.x * kThreads + threadIdx.x;
  if (thread >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(thread);
  args.y[i] = s.at(args, i / s.w, i % s.w, args.before[i], args.now[i], args.after[i]);
}

}  // namespace

void matte_smooth_v1_launch(const MatteSmoothProblem& d, const MatteSmoothArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const int count = d.h * d.w;
  launch(stream, dim3(blocks_for(count, kThreads)), dim3(kThreads), 0, kernel<matte_smooth_v1_naive>, MatteSmoothing(d),
         count, args);
}

}  // namespace impasto::IMPASTO_TARGET
