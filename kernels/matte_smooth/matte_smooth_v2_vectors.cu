// matte_smooth v2, vectors: the formula of matte_smooth.h, 16 bytes a thread.
//
// Against v1: a thread makes four values, with one load of each matte and one store; it divides once to find their
// place, and walks. It costs threads: a matte is small, and a quarter of its threads may not fill a GPU.
//
//   mattes:  | v0 .. v3 | v4 .. v7 | ...     a warp's request: 512 bytes, 16 sectors, each whole
//                 t0         t1
//
// Thread t of block b makes values 4 (256 b + t) and the three after it, which may lie in the next row.
//
// FLOPs: some 50 h w. DRAM bytes: 16 h w, and 4 a cell for each map.
// Needs: mattes below 2^31 values, at multiples of 16 bytes.
#include "kernels/common/vector.h"
#include "kernels/matte_smooth/matte_smooth.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kWidth = 4;

__global__ void __launch_bounds__(kThreads) matte_smooth_v2_vectors(MatteSmoothing s, int count, MatteSmoothArgs args) {
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * kWidth;
  if (first >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(first);
  int y = i / s.w, x = i % s.w;
  const auto step = [&] {
    if (++x < s.w) return;
    x = 0;
    ++y;
  };
  if (count - i < kWidth) {
    for (int j = i; j < count; ++j, step()) args.y[j] = s.at(args, y, x, args.before[j], args.now[j], args.after[j]);
    return;
  }
  const Vector<float, kWidth> before = load_vector<kWidth>(args.before + i);
  const Vector<float, kWidth> now = load_vector<kWidth>(args.now + i);
  const Vector<float, kWidth> after = load_vector<kWidth>(args.after + i);
  Vector<float, kWidth> result;
  for (int j = 0; j < kWidth; ++j, step()) {
    result.v[j] = s.at(args, y, x, before.v[j], now.v[j], after.v[j]);
  }
  store_vector(args.y + i, result);
}

}  // namespace

void matte_smooth_v2_launch(const MatteSmoothProblem& d, const MatteSmoothArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("matte_smooth_v2_vectors", {args.before, args.now, args.after, args.y});
  const int count = d.h * d.w;
  launch(stream, dim3(blocks_for((count - 1) / kWidth + 1, kThreads)), dim3(kThreads), 0,
         kernel<matte_smooth_v2_vectors>, MatteSmoothing(d), count, args);
}

}  // namespace impasto::IMPASTO_TARGET
