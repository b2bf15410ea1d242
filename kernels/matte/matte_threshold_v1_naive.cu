// matte_threshold v1, naive: the formula of matte_threshold.h, one thread a value.
//
// Below it: nothing but the loop, which has become the grid. It costs instructions: a load, a store and the arithmetic
// of their address for each value.
//
//   x, y:  | v0 v1 ... v31 | v32 ...     neighbours in memory are neighbours in a warp
//
// Thread t of block b makes value 256 b + t.
//
// FLOPs: some 9 H W. DRAM bytes: 8 H W.
// Needs: x below 2^31 elements.
#include "kernels/matte/matte_threshold.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    matte_threshold_v1_naive(Threshold threshold, int count, const float* __restrict__ x, float* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i < static_cast<unsigned>(count)) y[i] = smooth_threshold(threshold, x[i]);
}

}  // namespace

void matte_threshold_v1_launch(const MatteThresholdProblem& d, const MatteThresholdArgs& args, Stream stream) {
  require_32_bit_indices("matte_threshold", {{"x", 1.0 * d.h * d.w}});
  const int count = d.h * d.w;
  launch(stream, dim3(blocks_for(count, kThreads)), dim3(kThreads), 0, kernel<matte_threshold_v1_naive>, Threshold(d),
         count, args.x, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
