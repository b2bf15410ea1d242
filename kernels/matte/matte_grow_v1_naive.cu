// matte_grow v1, naive: the formula of matte_grow.h, one thread a pixel.
//
// Below it: nothing but the loops of matte_ref.cpp, of which the outer ones have become the grid. It costs loads: every
// pixel looks at the whole disc, some pi R^2 values.
//
//       . # .        a warp's 32 pixels are neighbours of a row and look at 32 neighbours of a row for each offset
//       # * #
//       . # .        radius 1
//
// Thread t of block b makes pixel 256 b + t.
//
// Bytes loaded by the threads: 13 R^2 H W, against 8 H W that have to move.
// Needs: x below 2^31 elements.
#include "kernels/matte/matte_grow.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    matte_grow_v1_naive(Growth g, const float* __restrict__ x, float* __restrict__ y) {
  const unsigned t = blockIdx.x * kThreads + threadIdx.x;
  if (t >= static_cast<unsigned>(g.h * g.w)) return;
  const int i = static_cast<int>(t);
  const int row = i / g.w, column = i % g.w;
  const int reach = g.reach();
  float smaller = x[i], larger = x[i];
  for (int j = -reach; j <= reach; ++j) {
    if (row + j < 0 || row + j >= g.h) continue;
    for (int k = -reach; k <= reach; ++k) {
      const int distance = j * j + k * k;
      if (distance > reach * reach || column + k < 0 || column + k >= g.w) continue;
      const float value = x[i + j * g.w + k];
      larger = g.extreme(larger, value);
      if (distance <= g.radius * g.radius) smaller = g.extreme(smaller, value);
    }
  }
  y[i] = g.mixed(smaller, larger);
}

}  // namespace

void matte_grow_v1_launch(const MatteGrowProblem& d, const MatteGrowArgs& args, Stream stream) {
  require_32_bit_indices("matte_grow", {{"x", 1.0 * d.h * d.w}});
  launch(stream, dim3(blocks_for(d.h * d.w, kThreads)), dim3(kThreads), 0, kernel<matte_grow_v1_naive>, Growth(d),
         args.x, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
