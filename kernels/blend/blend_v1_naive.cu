// blend v1, naive: the formula of blend.h, one thread a value.
//
// Below it: nothing but the loops of blend_ref.cpp, which have become the grid; of the cells only the four about a
// pixel. It costs instructions: a pixel's weight, with two divisions and four loads, is made three times.
//
//   x, y:  | r g b | r g b | ..     thread t of block b makes value 256 b + t
//
// DRAM bytes: 24 H W of x and of y as it becomes, 12 H W of y as it was where that counts. FLOPs: some 15 a value.
// Needs: y below 2^31 values.
#include "kernels/blend/blend.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) blend_v1_naive(BlendProblem d, BlendArgs args, int count) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(count)) return;
  const float weight = blend_weight(d, args, static_cast<int>(i) / 3);
  const float now = args.x[i];
  args.y[i] = weight > 0 ? now + weight * (args.y[i] - now) : now;
}

}  // namespace

void blend_v1_launch(const BlendProblem& d, const BlendArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const int count = 3 * d.h * d.w;
  launch(stream, dim3(static_cast<unsigned>((count - 1) / kThreads + 1)), dim3(kThreads), 0, kernel<blend_v1_naive>, d,
         args, count);
}

}  // namespace impasto::IMPASTO_TARGET
