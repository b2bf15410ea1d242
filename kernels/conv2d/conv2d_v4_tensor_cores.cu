// conv2d v4, tensor cores: as a matrix product (conv2d_gemm.h), y[m,k] = sum over e of x[m,e] * w[k,e].
//
// Against v3: the products of a step are made by mma.m16n8k16, 2048 at a time, from halves instead of floats; a warp,
// not a thread, owns a tile. It costs the fp32 rung (halves only) and an operand layout that the instruction dictates,
// which ldmatrix produces from rows of shared memory.
//
//                 k 64                          warp: two times eight mma a 16 taps
//            +------------+                        k ->  8   8        8
//   m 128:   |  warp 0    | 32                        +---+---+ ... +---+
//            +------------+                      m 16 |   |   |     |   |
//            |  warp 1    | 32                        +---+---+     +---+
//            +------------+                      m 16 |   |   |     |   |
//            |  warp 2    | 32                        +---+---+ ... +---+
//            +------------+
//            |  warp 3    | 32    of each 16x8 a lane holds four sums: rows g and g + 8, columns t and t + 1
//            +------------+                              (g = lane / 4, t = 2 (lane % 4))
//
// Shared memory holds the tiles as they come, m by e and k by e, 32 taps a step. Each lane stages one tap e of every
// fourth row: a warp reads 32 consecutive taps. Rows are 8 halves longer than 32, so that the eight 16-byte rows of an
// 8x8 matrix lie in different banks (80 bytes apart: 0, 80, 32, 112, ... modulo 128).
//
// FLOPs: 2 N P Q K R S C. Bytes loaded by the threads: 2 N P Q K R S C (1/64 + 1/128).
// Needs: halves; groups = 1; every tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/common/ptx.h"
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kWarps = 4;
constexpr int kPixels = 128;
constexpr int kChannels = 64;
constexpr int kTaps = 32;  // of a step: one a lane when the tiles are staged
constexpr int kWarpPixels = kPixels / kWarps;

struct Step {
  alignas(16) half x[kPixels][kTaps + 8];
  alignas(16) half w[kChannels][kTaps + 8];
  FilterPlace place[kPixels];
};
union Tiles {
  Step step;
  Sums<kPixels, kChannels> sums;
};

__global__ void __launch_bounds__(kWarps * 32)
    conv2d_v4_tensor_cores(Conv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                           const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y) {
  auto& s = shared_memory<Tiles>();
  const int first_m = static_cast<int>(blockIdx.x) * kPixels;
  const int first_k = static_cast<int>(blockIdx.y) * kChannels;
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  for (int i = thread; i < kPixels; i += kWarps * 32) s.step.place[i] = filter_place(d, first_m + i);
  __syncthreads();

  float sum[kWarpPixels / 16][kChannels / 8][4] = {};
  for (int first_e = 0; first_e < taps(d); first_e += kTaps) {
    const Tap t = tap(d, first_e + lane);
    for (int i = warp; i < kPixels; i += kWarps) s.step.x[i][lane] = load_x(d, x, s.step.place[i], t);
    for (int i = warp; i < kChannels; i += kWarps) s.step.w[i][lane] = load_w(d, weights, first_k + i, first_e + lane);
    __syncthreads();
    for (int e = 0; e < kTaps; e += 16) {
      unsigned a[kWarpPixels / 16][4];
      for (int i = 0; i < kWarpPixels / 16; ++i) {  // rows 0-7, 8-15 at taps 0-7, then at taps 8-15
        ldmatrix_x4(a[i], &s.step.x[warp * kWarpPixels + i * 16 + lane % 16][e + lane / 16 * 8]);
      }
      for (int j = 0; j < kChannels / 8; j += 2) {  // columns 0-7 at taps 0-7, 8-15, then columns 8-15
        unsigned b[4];
        ldmatrix_x4(b, &s.step.w[j * 8 + lane / 16 * 8 + lane % 8][e + lane / 8 % 2 * 8]);
        for (int i = 0; i < kWarpPixels / 16; ++i) {
          mma_m16n8k16(sum[i][j], a[i], b[0], b[1]);
          mma_m16n8k16(sum[i][j + 1], a[i], b[2], b[3]);
        }
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < kWarpPixels / 16; ++i) {
    for (int j = 0; j < kChannels / 8; ++j) {
      const int m = warp * kWarpPixels + i * 16 + lane / 4;
      const int k = j * 8 + lane % 4 * 2;
      s.sums.put_pair(m, k, sum[i][j][0], sum[i][j][1]);
      s.sums.put_pair(m + 8, k, sum[i][j][2], sum[i][j][3]);
    }
  }
  __syncthreads();
  store_tile(d, first_m, first_k, s.sums, bias, residual, y);
}

}  // namespace

bool conv2d_v4_supports(const Conv2dProblem& d) {
  return d.plain() && d.groups == 1 && d.storage == Storage::f16;
}

void conv2d_v4_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const dim3 grid(blocks_for(d.n * d.p() * d.q(), kPixels), blocks_for(d.k, kChannels));
  launch(stream, grid, dim3(kWarps * 32), sizeof(Tiles), kernel<conv2d_v4_tensor_cores>, d,
         static_cast<const half*>(args.x), static_cast<const half*>(args.weights), args.bias,
         static_cast<const half*>(args.residual), static_cast<half*>(args.y));
}

}  // namespace impasto::IMPASTO_TARGET
