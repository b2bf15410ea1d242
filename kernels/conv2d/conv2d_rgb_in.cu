// conv2d rgb_in: the formula of conv2d.h for a picture of up to four channels, as halves or as bytes.
//
// Against v4: a block loads its part of x with the border once, not once a tap, and keeps it in shared memory as four
// halves a pixel (bytes become halves on the way, exactly). A pixel is what one lane of an mma holds of a row: of the
// 16 taps of a step a lane brings four, and they may be any four, as long as the weights agree. So they are the
// channels of one filter position, and an operand is one 8-byte load: no tap is looked for, nothing crosses a pixel. It
// costs a quarter of the products where there are three channels.
//
//   x tile: 7 stride + R rows of 63 stride + S pixels          y: 8 rows, a warp each, 64 columns, 32 channels
//   +------------------+                                       +------------------+
//   |    lane (g, l):  |   step i: filter positions            | lane (g, l):     |
//   |    pixel under   |   4 i .. 4 i + 3, l of them           | pixels g, g + 8, |
//   |    position 4i+l |   a lane's; row g of an mma is q      | channels 8 l ..  |
//   +------------------+                                       +------------------+
//
// g = lane / 4, l = lane % 4. Rows of the tile are 67 stride + S pixels long, 3 stride + S modulo the 16 banks of 8
// bytes: where a step's positions go on in the next row, its pixels lie, as for the banks, beside those of this row,
// and no two lanes that load together ask a bank for different pixels. The columns of the mma are dealt out to the
// channels so that a lane ends with eight neighbours: 16 bytes of y, stored from the registers.
//
// FLOPs: 2 N P Q K R S C wanted; made 2 N P Q (K in 32s) (R S in fours) 4. Bytes loaded by the threads: b C N H W
// (7 + R) (63 + S) / 512 at stride 1 (b: 1 or 2; of three bytes two words of four are loaded), and 256 bytes of weights
// for each filter position and block.
// Needs: half weights and outputs; groups = 1; C at most 4; K a multiple of 8; R and S at most 9; stride 1 or 2; all
// tensors at addresses divisible by 16, each below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d_rgb_in.h"

namespace impasto::IMPASTO_TARGET {

namespace {

using namespace rgb_in;

template <typename X, int stride>
__global__ void __launch_bounds__(kWarps * 32, 2)
    conv2d_rgb_in(Conv2dProblem d, const X* __restrict__ x, const uint4* __restrict__ weights,
                  const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y) {
  auto& s = shared_memory<Tiles<stride>>();
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  const int across = blocks_for(d.q(), kColumns);
  const int block = static_cast<int>(blockIdx.x);
  const int first_q = block % across * kColumns;
  const int first_p = block / across % blocks_for(d.p(), kWarps) * kWarps;
  const int n = block / across / blocks_for(d.p(), kWarps);
  const int steps = steps_of(d);
  const int pitch = (kColumns + 3) * stride + d.s;  // of the tile

  weights += static_cast<int>(blockIdx.y) * steps * kFragmentVectors;
  for (int i = thread; i < steps * kFragmentVectors; i += kWarps * 32) cp_async_16(&s.w[0][0] + i, weights + i, true);
  cp_async_commit();
  for (int i = thread; i < steps * kPositions; i += kWarps * 32) {
    s.offset[i] = i < d.r * d.s ? i / d.s * pitch + i % d.s : 0;  // past the last one the weights are zero
  }
  for (int row = warp; row < (kWarps - 1) * stride + d.r; row += kWarps) {
    const int h = d.source_row(first_p * stride - d.pad_top + row);
    for (int column = lane; column < (kColumns - 1) * stride + d.s; column += 32) {
      const int w = d.source_column(first_q * stride - d.pad_left + column);
      s.x[row * pitch + column] = h < 0 || w < 0 ? uint2{0, 0} : load_pixel(d, x, (n * d.h + h) * d.w + w);
    }
  }
  cp_async_wait<0>();
  __syncthreads();

  float sum[kColumns / 16][kFragmentColumns / 8][4] = {};
  for (int step = 0; step < steps; ++step) {
    const uint2* mine = &s.x[warp * stride * pitch + lane / 4 * stride + s.offset[step * kPositions + lane % 4]];
    const uint4 b0 = s.w[step][lane];
    const uint4 b1 = s.w[step][32 + lane];
    for (int i = 0; i < kColumns / 16; ++i) {
      const uint2 upper = mine[i * 16 * stride];
      const uint2 lower = mine[(i * 16 + 8) * stride];
      const unsigned a[4] = {upper.x, lower.x, upper.y, lower.y};
      mma_m16n8k16(sum[i][0], a, b0.x, b0.y);
      mma_m16n8k16(sum[i][1], a, b0.z, b0.w);
      mma_m16n8k16(sum[i][2], a, b1.x, b1.y);
      mma_m16n8k16(sum[i][3], a, b1.z, b1.w);
    }
  }

  const int p = first_p + warp;
  const int k = static_cast<int>(blockIdx.y) * kFragmentColumns + lane % 4 * 8;
  if (p >= d.p() || k >= d.k) return;
  float biases[8] = {};
  for (int i = 0; i < 8 && bias != nullptr; ++i) biases[i] = bias[k + i];
#pragma unroll  // sum stays in registers
  for (int i = 0; i < kColumns / 8; ++i) {
    const int q = first_q + i * 8 + lane / 4;
    if (q >= d.q()) return;
    float values[8];
    for (int j = 0; j < 8; ++j) values[j] = sum[i / 2][j / 2][i % 2 * 2 + j % 2];
    const int m = (n * d.p() + p) * d.q() + q;
    *reinterpret_cast<Half8*>(y + m * d.k + k) = finish_8(d, m, k, values, biases, residual);
  }
}

template <typename X, int stride>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const int blocks = d.n * blocks_for(d.p(), kWarps) * blocks_for(d.q(), kColumns);
  const dim3 grid(static_cast<unsigned>(blocks), blocks_for(d.k, kFragmentColumns));
  launch(stream, grid, dim3(kWarps * 32), sizeof(Tiles<stride>), kernel<conv2d_rgb_in<X, stride>>, d,
         static_cast<const X*>(args.x), static_cast<const uint4*>(args.weights), args.bias,
         static_cast<const half*>(args.residual), static_cast<half*>(args.y));
}

}  // namespace

bool conv2d_rgb_in_supports(const Conv2dProblem& d) {
  return !d.moments_out && d.groups == 1 && d.storage == Storage::f16 && d.c <= 4 && d.k % 8 == 0 && d.r <= kMaxFilter &&
         d.s <= kMaxFilter && d.stride <= 2;
}

std::size_t conv2d_rgb_in_weight_bytes(const Conv2dProblem& d) {
  return fragment_bytes(steps_of(d) * blocks_for(d.k, kFragmentColumns));
}

void conv2d_rgb_in_pack_weights(const Conv2dProblem& d, const float* kcrs, std::byte* packed) {
  const int steps = steps_of(d);
  const auto weight = [&](int line, int tap, int column) {
    const int position = line % steps * kPositions + tap % 8 / 2;
    const int c = tap / 8 * 2 + tap % 2;
    const int k = line / steps * kFragmentColumns + column % 8 / 2 * 8 + column / 8 * 2 + column % 2;
    return position < d.r * d.s && c < d.c && k < d.k ? kcrs[(k * d.c + c) * d.r * d.s + position] : 0;
  };
  pack_fragments(steps * blocks_for(d.k, kFragmentColumns), reinterpret_cast<half*>(packed), weight);
}

void conv2d_rgb_in_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_rgb_in", {args.x, args.weights, args.residual, args.y});
  if (d.u8_input && d.stride == 1) launch_as<std::uint8_t, 1>(d, args, stream);
  if (d.u8_input && d.stride == 2) launch_as<std::uint8_t, 2>(d, args, stream);
  if (!d.u8_input && d.stride == 1) launch_as<half, 1>(d, args, stream);
  if (!d.u8_input && d.stride == 2) launch_as<half, 2>(d, args, stream);
}

}  // namespace impasto::IMPASTO_TARGET
