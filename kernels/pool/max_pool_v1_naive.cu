// max_pool v1, naive: the formula of max_pool.h, one thread an output value. With float storage it is the fp32
// reference rung.
//
// Below it: nothing but the loops of max_pool_ref.cpp, four of which have become the grid. It costs index arithmetic:
// where the window lies is computed for each channel anew.
//
//   y, flat in NHWC:  | p0 q0: c0 c1 .. cC-1 | q1: c0 .. |   block b owns values 256 b .. 256 b + 255 of y
//
// Thread t of block b makes value 256 b + t. Neighbours in a warp differ in c and read values that lie together.
//
// Bytes: N H W C + N P Q C values if windows do not overlap. FLOPs: R S comparisons a value. Needs: x and y below 2^31
// elements.
#include "kernels/pool/max_pool.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    max_pool_v1_naive(MaxPoolProblem d, const T* __restrict__ x, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(d.n) * d.p() * d.q() * d.c) return;
  const int c = static_cast<int>(i % d.c);
  const int q = static_cast<int>(i / d.c % d.q());
  const int p = static_cast<int>(i / d.c / d.q() % d.p());
  const int n = static_cast<int>(i / d.c / d.q() / d.p());
  const Window in = window(d, p, q);
  float largest = -INFINITY;
  for (int h = in.top; h < in.bottom; ++h) {
    for (int w = in.left; w < in.right; ++w) {
      largest = larger(largest, to_float(x[((n * d.h + h) * d.w + w) * d.c + c]));
    }
  }
  y[i] = from_float<T>(largest);
}

template <typename T>
void launch_as(const MaxPoolProblem& d, const MaxPoolArgs& args, Stream stream) {
  const unsigned values = static_cast<unsigned>(d.n) * d.p() * d.q() * d.c;
  launch(stream, dim3((values + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<max_pool_v1_naive<T>>, d,
         static_cast<const T*>(args.x), static_cast<T*>(args.y));
}

}  // namespace

void max_pool_v1_launch(const MaxPoolProblem& d, const MaxPoolArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
