// conv2d v5, pipeline: as a matrix product (conv2d_gemm.h), y[m,k] = sum over e of x[m,e] * w[k,e].
//
// Against v4: the tiles of later steps are on their way (cp.async, 16 bytes a copy, past the registers) while the
// tensor cores work on the present one, and the operands of the next 16 taps on their way to registers (ldmatrix) while
// they work on the present 16. Shared memory is a ring of stages (conv2d_pipeline.h), and one barrier a step is enough:
// who has passed it knows that the stage before has been read. It costs channel counts: eight neighbouring channels are
// one copy, which may not cross a tap. Tiles come in several sizes.
//
//   ring         | 0 | 1 | 2 |           step i:   operands i b from stage i   | products of operands i a
//   step i reads stage i mod 3, and                copies of step i + 2        |
//   asks for step i + 2 where step       barrier:  stage i + 1 has arrived, stage i is free
//   i - 1 was read                                 operands i+1 a from i + 1   | products of operands i b
//
//   block's tile, 128 x 128:  +----+----+  warp: 64 x 64, made of mma (m16n8) as in v4; 128 x 64, 256 x 32 and 64 x 32:
//                             | w0 | w1 |  64 x 32, 64 x 32 and 16 x 32 a warp. The larger a warp's tile, the more
//                             +----+----+  products for each operand that ldmatrix brings: of 64 x 64, 32 for 8.
//                             | w2 | w3 |
//                             +----+----+
//
// FLOPs: 2 N P Q K R S C. Bytes copied: 2 N P Q K R S C (1/channels + 1/pixels) of the tile; of those of x,
// neighbouring filter positions find all but 1/S in the L1 cache. Needs: halves; groups = 1; C and K multiples of 8; R
// + S at most 32 (the table); x, w, bias, residual and y at addresses divisible by 16; every tensor below 2^31
// elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d_pipeline.h"

namespace impasto::IMPASTO_TARGET {

namespace {

using namespace pipeline;

template <int pixels, int channels, int across, int blocks>
__global__ void __launch_bounds__(kThreads, blocks)
    conv2d_v5_pipeline(Conv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                       const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y) {
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

  const int k = first_k + warp_k + lane_of_warp() % (kWarpChannels / 8) * 8;
  float bias_8[8];
  for (int n = 0; n < 8; ++n) bias_8[n] = bias != nullptr && k < d.k ? bias[k + n] : 0.0F;
  for_each_row<kWarpPixels>(s.sums[warp], sum, [&](int row, float(&values)[8]) {
    const int m = first_m + warp_m + row;
    if (m < output_pixels(d) && k < d.k) {
      *reinterpret_cast<Half8*>(y + m * d.k + k) = finish_8(d, m, k, values, bias_8, residual);
    }
  });
}

}  // namespace

bool conv2d_v5_supports(const Conv2dProblem& d) {
  return d.plain() && d.groups == 1 && d.storage == Storage::f16 && d.c % 8 == 0 && d.k % 8 == 0 && d.r + d.s <= 32;
}

void conv2d_v5_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_v5_pipeline", {args.x, args.weights, args.bias, args.residual, args.y});
  with_tile(d, [&]<int pixels, int channels, int across, int blocks>() {
    const dim3 grid(blocks_for(d.n * d.p() * d.q(), pixels), blocks_for(d.k, channels));
    const std::size_t shared = sizeof(Tiles<pixels, channels, across>) + (d.r + d.s) * sizeof(Offsets<pixels>);
    launch(stream, grid, dim3(kThreads), shared, kernel<conv2d_v5_pipeline<pixels, channels, across, blocks>>, d,
           static_cast<const half*>(args.x), static_cast<const half*>(args.weights), args.bias,
           static_cast<const half*>(args.residual), static_cast<half*>(args.y));
  });
}

}  // namespace impasto::IMPASTO_TARGET
