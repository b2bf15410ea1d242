// blend v2, vectors: the formula of blend.h, 16 bytes a thread.
//
// Against v1: a thread makes four values with one load of each tensor and one store. They are of two pixels, so two
// weights serve for four values, where v1 made four. What y was is not loaded where both weights are 0. It costs
// nothing but a special case for the end.
//
//   x, y:  | r g b r | g b r g | b r g b |..     a warp's request: 512 bytes, 16 sectors, each whole
//               t0        t1        t2
//
// Thread t of block b makes values 4 (256 b + t) and the three after it.
//
// DRAM bytes: as v1. FLOPs: some 8 a value. Needs: y below 2^31 values; x and y at multiples of 16 bytes.
#include "kernels/blend/blend.h"
#include "kernels/common/vector.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kWide = 4;

__global__ void __launch_bounds__(kThreads) blend_v2_vectors(BlendProblem d, BlendArgs args, int count) {
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * kWide;
  if (first >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(first);
  const int values = count - i < kWide ? count - i : kWide;
  const int pixel = i / 3, last_pixel = (i + values - 1) / 3;
  const float weight = blend_weight(d, args, pixel);
  const float next_weight = last_pixel > pixel ? blend_weight(d, args, last_pixel) : weight;
  const auto blended = [&](int j, float now, float before) {
    const float w = (i + j) / 3 == pixel ? weight : next_weight;
    return w > 0 ? now + w * (before - now) : now;
  };
  if (values < kWide) {
    for (int j = 0; j < values; ++j) args.y[i + j] = blended(j, args.x[i + j], args.y[i + j]);
    return;
  }
  Vector<float, kWide> now = load_vector<kWide>(args.x + i);
  if (weight > 0 || next_weight > 0) {
    const Vector<float, kWide> before = load_vector<kWide>(args.y + i);
    for (int j = 0; j < kWide; ++j) now.v[j] = blended(j, now.v[j], before.v[j]);
  }
  store_vector(args.y + i, now);
}

}  // namespace

void blend_v2_launch(const BlendProblem& d, const BlendArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("blend_v2_vectors", {args.x, args.y});
  const int count = 3 * d.h * d.w;
  launch(stream, dim3(static_cast<unsigned>((count - 1) / (kThreads * kWide) + 1)), dim3(kThreads), 0,
         kernel<blend_v2_vectors>, d, args, count);
}

}  // namespace impasto::IMPASTO_TARGET
