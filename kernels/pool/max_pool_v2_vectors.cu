// max_pool v2, vectors: the formula of max_pool.h, eight neighbouring channels a thread.
//
// Against v1: the window is found once for eight channels, and each load and store moves 16 bytes. It costs channel
// counts that are not multiples of eight.
//
//   y, NHWC:  | p0 q0: c0..7 | c8..15 | .. | q1: c0..7 | ..      thread t of block b makes vector 256 b + t, from the
//                                                               same vector of each pixel of its window
//
// Bytes, FLOPs: as v1. Needs: halves; C a multiple of 8; x and y at addresses divisible by 16 and below 2^31 elements.
#include "kernels/common/vector.h"
#include "kernels/pool/max_pool.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kWide = 8;  // channels of a vector

__global__ void __launch_bounds__(kThreads)
    max_pool_v2_vectors(MaxPoolProblem d, const half* __restrict__ x, half* __restrict__ y) {
  const unsigned i = (blockIdx.x * kThreads + threadIdx.x) * kWide;
  if (i >= static_cast<unsigned>(d.n) * d.p() * d.q() * d.c) return;
  const int c = static_cast<int>(i % d.c);
  const int q = static_cast<int>(i / d.c % d.q());
  const int p = static_cast<int>(i / d.c / d.q() % d.p());
  const int n = static_cast<int>(i / d.c / d.q() / d.p());
  const Window in = window(d, p, q);
  float largest[kWide];
  for (float& value : largest) value = -INFINITY;
  for (int h = in.top; h < in.bottom; ++h) {
    for (int w = in.left; w < in.right; ++w) {
      const auto values = load_vector<kWide>(x + ((n * d.h + h) * d.w + w) * d.c + c);
      for (int k = 0; k < kWide; ++k) largest[k] = larger(largest[k], to_float(values.v[k]));
    }
  }
  Vector<half, kWide> out;
  for (int k = 0; k < kWide; ++k) out.v[k] = from_float<half>(largest[k]);
  store_vector(y + i, out);
}

}  // namespace

bool max_pool_v2_supports(const MaxPoolProblem& d) {
  return d.storage == Storage::f16 && d.c % kWide == 0;
}

void max_pool_v2_launch(const MaxPoolProblem& d, const MaxPoolArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("max_pool_v2_vectors", {args.x, args.y});
  const unsigned vectors = static_cast<unsigned>(d.n) * d.p() * d.q() * d.c / kWide;
  launch(stream, dim3((vectors + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<max_pool_v2_vectors>, d,
         static_cast<const half*>(args.x), static_cast<half*>(args.y));
}

}  // namespace impasto::IMPASTO_TARGET
