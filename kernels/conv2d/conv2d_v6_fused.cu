// conv2d v6, fused: v5's pipeline before an instance norm.
//
// Against v5: the moments of y are taken while its values are still in registers, as they will be stored, so that the
// norm need not read y for them. It costs arithmetic at the end of each block, and memory for the moments. (To
// normalise x on its way to the tensor cores as well was tried, and lost on an H100: README.md.)
//
//   sums --> y, 8 channels a lane, as in v5 --> mean and m2 of the lane's rows (Welford) --> of 64 rows: lanes with the
//   same channels merge by shuffles, warps of 16 rows through shared memory (norm.h) --> moments[part, k]
//
// FLOPs and bytes: as v5, less one pass over y (read), more 8 N K P Q / 64 bytes of moments. Needs: what v5 needs; one
// picture (N = 1).
#include "kernels/conv2d/conv2d_moments.h"

namespace impasto::IMPASTO_TARGET {

namespace {

using namespace pipeline;

template <int pixels, int channels, int across, int blocks>
__global__ void __launch_bounds__(kThreads, blocks)
    conv2d_v6_fused(Conv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                    const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y,
                    Moments* __restrict__ moments) {
  constexpr int kWarpPixels = pixels * across / 4;
  constexpr int kWarpChannels = channels / across;
  auto& s = shared_memory<Tiles<pixels, channels, across>>();
  auto* offsets = reinterpret_cast<Offsets<pixels>*>(&s + 1);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int warp_m = warp / across * kWarpPixels;
  const int warp_k = warp % across * kWarpChannels;
  const int first_m = static_cast<int>(blockIdx.x) * pixels;
  const int first_k = static_cast<int>(blockIdx.y) * channels;

  fill_offsets(d, first_m, offsets);
  __syncthreads();
  Copier<pixels, channels> copier(d, x, weights, offsets, first_k);
  for (int i = 0; i < kStages - 1; ++i) copier.copy(d, s.stage[i]);
  cp_async_wait<kStages - 2>();
  __syncthreads();

  float sum[kWarpPixels / 16][kWarpChannels / 8][4] = {};
  Fragments<kWarpPixels, kWarpChannels> a, b;  // of the first and the last 16 taps of a step
  a.load(s.stage[0], warp_m, warp_k, 0);
  const int steps = step_count(d);
  int read = 0;
  int write = kStages - 1;
  for (int step = 0; step < steps; ++step) {
    b.load(s.stage[read], warp_m, warp_k, 2);
    copier.copy(d, s.stage[write]);
    a.multiply_into(sum);
    cp_async_wait<kStages - 2>();
    __syncthreads();
    write = read;
    read = read + 1 == kStages ? 0 : read + 1;
    a.load(s.stage[read], warp_m, warp_k, 0);
    b.multiply_into(sum);
  }
  cp_async_wait<0>();  // zeros past the last tap
  __syncthreads();

  constexpr int kVectorsOfRow = kWarpChannels / 8;
  const int lane = lane_of_warp();
  const int k = first_k + warp_k + lane % kVectorsOfRow * 8;
  float bias_8[8];
  for (int n = 0; n < 8; ++n) bias_8[n] = bias != nullptr && k < d.k ? bias[k + n] : 0.0F;
  Moments8 mine;
  for_each_row<kWarpPixels>(s.sums[warp], sum, [&](int row, float(&values)[8]) {
    const int m = first_m + warp_m + row;
    if (m < output_pixels(d) && k < d.k) {
      const Half8 out = finish_8(d, m, k, values, bias_8, residual);
      *reinterpret_cast<Half8*>(y + m * d.k + k) = out;
      if (moments != nullptr) mine.add(out);
    }
  });
  if (moments == nullptr) return;
  mine.merge_lanes(kVectorsOfRow);
  if constexpr (kWarpPixels < kConv2dPartPixels) {  // the four warps have one part
    __syncthreads();
    auto* of_warps = reinterpret_cast<Moments8(*)[kVectorsOfRow]>(&s);
    if (lane < kVectorsOfRow) of_warps[warp][lane] = mine;
    __syncthreads();
    if (warp > 0) return;
    for (int i = 1; i < 4; ++i) mine.merge(of_warps[i][lane % kVectorsOfRow]);
  }
  const int part = (first_m + warp_m) / kConv2dPartPixels;
  if (lane < kVectorsOfRow && mine.count > 0) {
    for (int n = 0; n < 8; ++n) moments[part * d.k + k + n] = mine.of[n];
  }
}

}  // namespace

bool conv2d_v6_supports(const Conv2dProblem& d) {
  Conv2dProblem plain = d;
  plain.moments_out = false;
  return conv2d_v5_supports(plain) && d.n == 1;
}

void conv2d_v6_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_v6_fused", {args.x, args.weights, args.bias, args.residual, args.y});
  with_tile(d, [&]<int pixels, int channels, int across, int blocks>() {
    const dim3 grid(blocks_for(d.p() * d.q(), pixels), blocks_for(d.k, channels));
    const std::size_t shared = sizeof(Tiles<pixels, channels, across>) + (d.r + d.s) * sizeof(Offsets<pixels>);
    launch(stream, grid, dim3(kThreads), shared, kernel<conv2d_v6_fused<pixels, channels, across, blocks>>, d,
           static_cast<const half*>(args.x), static_cast<const half*>(args.weights), args.bias,
           static_cast<const half*>(args.residual), static_cast<half*>(args.y), d.moments_out ? args.moments : nullptr);
  });
}

}  // namespace impasto::IMPASTO_TARGET
