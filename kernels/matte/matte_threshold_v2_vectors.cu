// matte_threshold v2, vectors: the formula of matte_threshold.h, 16 bytes a thread.
//
// Against v1: a thread makes four values, with one load and one store. It costs nothing but a special case for the end.
//
//   x, y:  | v0 .. v3 | v4 .. v7 | ...     a warp's request: 512 bytes, 16 sectors, each whole
//               t0         t1
//
// Thread t of block b makes values 4 (256 b + t) and the three after it.
//
// FLOPs: some 9 H W. DRAM bytes: 8 H W.
// Needs: x below 2^31 elements, x and y at multiples of 16 bytes.
#include "kernels/common/vector.h"
#include "kernels/matte/matte_threshold.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kWidth = 4;

__global__ void __launch_bounds__(kThreads)
    matte_threshold_v2_vectors(Threshold threshold, int count, const float* __restrict__ x, float* __restrict__ y) {
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * kWidth;
  if (first >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(first);
  if (count - i < kWidth) {
    for (int j = i; j < count; ++j) y[j] = smooth_threshold(threshold, x[j]);
    return;
  }
  Vector<float, kWidth> values = load_vector<kWidth>(x + i);
  for (float& v : values.v) v = smooth_threshold(threshold, v);
  store_vector(y + i, values);
}

}  // namespace

void matte_threshold_v2_launch(const MatteThresholdProblem& d, const MatteThresholdArgs& args, Stream stream) {
  require_32_bit_indices("matte_threshold", {{"x", 1.0 * d.h * d.w}});
  require_16_byte_alignment("matte_threshold_v2_vectors", {args.x, args.y});
  const int count = d.h * d.w;
  launch(stream, dim3(blocks_for((count - 1) / kWidth + 1, kThreads)), dim3(kThreads), 0,
         kernel<matte_threshold_v2_vectors>, Threshold(d), count, args.x, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
