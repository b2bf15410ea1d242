// matte_feather v1, naive: the formula of matte_feather.h, one thread a pixel, six passes.
//
// Below it: nothing but the loops of matte_ref.cpp, of which the outer ones have become a grid for each pass. It costs
// loads: 2 reach + 3 for each pixel and pass, though neighbours' boxes differ in two samples.
//
//   across:  . f [w w w * w w w] f .       down: the same with rows, so that a warp's 32 neighbours of a row read
//                 reach   reach            32 neighbours of a row for each d
//
// Thread t of block b makes pixel 256 b + t.
//
// Integer operations: some 6 (2 reach + 20) H W. Bytes loaded by the threads: 24 (2 reach + 3) H W, against 8 H W that
// have to move.
// Needs: x below 2^31 elements.
#include "kernels/matte/matte_feather_box.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

// Along lines of `length` samples, `stride` apart: 1 across, w down.
template <typename From, typename To>
__global__ void __launch_bounds__(kThreads)
    matte_feather_v1_naive(Box box, int count, int length, int stride, const From* __restrict__ x, To* __restrict__ y) {
  const unsigned t = blockIdx.x * kThreads + threadIdx.x;
  if (t >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(t);
  const int at = i / stride % length;
  const From* line = x + (i - at * stride);
  const auto sample = [&](int position) {
    const int inside = position < 0 ? 0 : position < length ? position : length - 1;
    return static_cast<unsigned long long>(to_whole(line[inside * stride]));
  };
  unsigned long long whole = 0;
  for (int d = -box.reach; d <= box.reach; ++d) whole += sample(at + d);
  put_whole(y + i, box.mean(whole, sample(at - box.reach - 1) + sample(at + box.reach + 1)));
}

template <typename From, typename To>
void pass(const MatteFeatherProblem& d, bool down, const From* x, To* y, Stream stream) {
  const int count = d.n * d.h * d.w;
  launch(stream, dim3(blocks_for(count, kThreads)), dim3(kThreads), 0, kernel<matte_feather_v1_naive<From, To>>, Box(d),
         count, down ? d.h : d.w, down ? d.w : 1, x, y);
}

}  // namespace

void matte_feather_v1_launch(const MatteFeatherProblem& d, const MatteFeatherArgs& args, Stream stream) {
  require_32_bit_indices("matte_feather", {{"x", 1.0 * d.n * d.h * d.w}});
  auto* a = static_cast<unsigned*>(args.workspace);
  unsigned* b = a + d.n * d.h * d.w;
  pass(d, false, args.x, a, stream);
  pass<unsigned, unsigned>(d, false, a, b, stream);
  pass<unsigned, unsigned>(d, false, b, a, stream);
  pass<unsigned, unsigned>(d, true, a, b, stream);
  pass<unsigned, unsigned>(d, true, b, a, stream);
  pass<unsigned, float>(d, true, a, args.y, stream);
}

}  // namespace impasto::IMPASTO_TARGET
