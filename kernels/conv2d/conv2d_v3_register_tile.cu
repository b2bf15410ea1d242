// conv2d v3, register tile: as a matrix product (conv2d_gemm.h), y[m,k] = sum over e of x[m,e] * w[k,e].
//
// Against v2: a thread makes 8 pixels x 8 channels. Of each step it takes 8 values of x and 8 of w into registers and
// multiplies each with each: 16 values read from shared memory for 64 products, where v2 reads two for one. It costs
// registers (64 sums), hence fewer threads on a multiprocessor, and a tile that is mostly empty for a small picture or
// a few channels.
//
//                 k 64: two times 8 threads x 4              thread (tx, ty):
//            +----+----+ ... +----+----+ ...            k0+4tx..    k0+32+4tx..
//   m 128:   |4x4 |    |     |4x4 |    |               +--------+  +--------+
//   two      +----+----+     +----+----+     m0+4ty..  |  4x4   |  |  4x4   |
//   times    :                                         +--------+  +--------+
//   16       +----+----+     +----+----+  m0+64+4ty..  |  4x4   |  |  4x4   |
//   threads  |4x4 |    |     |4x4 |    |               +--------+  +--------+
//   x 4
//
// Shared memory holds the tiles transposed, e by m and e by k: a thread's four neighbours are one 16-byte load, and the
// quarters keep the loads of a warp on different banks. Each thread stages one tap e of 8 pixels and 4 channels: eight
// threads read 8 consecutive taps.
//
// FLOPs: 2 N P Q K R S C. Bytes loaded by the threads: N P Q K R S C (1/64 + 1/128) times the storage's size.
// Needs: groups = 1; every tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;
constexpr int kPixels = 128;
constexpr int kChannels = 64;
constexpr int kTaps = 8;                       // of a step
constexpr int kRowsAtOnce = kThreads / kTaps;  // rows of a tile that the threads stage at once
constexpr int kPixelsEach = kPixels / kRowsAtOnce;

struct Step {
  float x[kTaps][kPixels + 4];  // + 4: the eight taps of a row are stored to different banks
  float w[kTaps][kChannels + 4];
};
union Tiles {
  Step step;
  Sums<kPixels, kChannels> sums;
};

template <typename T>
__global__ void __launch_bounds__(kThreads)
    conv2d_v3_register_tile(Conv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                            const float* __restrict__ bias, const T* __restrict__ residual, T* __restrict__ y) {
  auto& s = shared_memory<Tiles>();
  const int first_m = static_cast<int>(blockIdx.x) * kPixels;
  const int first_k = static_cast<int>(blockIdx.y) * kChannels;
  const int thread = static_cast<int>(threadIdx.x);
  const int load_e = thread % kTaps;
  const int load_row = thread / kTaps;
  const int tx = thread % 8 * 4;
  const int ty = thread / 8 * 4;
  FilterPlace place[kPixelsEach];
  for (int i = 0; i < kPixelsEach; ++i) place[i] = filter_place(d, first_m + load_row + i * kRowsAtOnce);

  float sum[8][8] = {};
  for (int first_e = 0; first_e < taps(d); first_e += kTaps) {
    const Tap t = tap(d, first_e + load_e);
    for (int i = 0; i < kPixelsEach; ++i) {
      s.step.x[load_e][load_row + i * kRowsAtOnce] = to_float(load_x(d, x, place[i], t));
    }
    for (int row = load_row; row < kChannels; row += kRowsAtOnce) {
      s.step.w[load_e][row] = to_float(load_w(d, weights, first_k + row, first_e + load_e));
    }
    __syncthreads();
    for (int e = 0; e < kTaps; ++e) {
      float a[8];
      float b[8];
      for (int i = 0; i < 8; ++i) a[i] = s.step.x[e][ty + i / 4 * 64 + i % 4];
      for (int j = 0; j < 8; ++j) b[j] = s.step.w[e][tx + j / 4 * 32 + j % 4];
      for (int i = 0; i < 8; ++i) {
        for (int j = 0; j < 8; ++j) sum[i][j] += a[i] * b[j];
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) s.sums.at[ty + i / 4 * 64 + i % 4][tx + j / 4 * 32 + j % 4] = sum[i][j];
  }
  __syncthreads();
  store_tile(d, first_m, first_k, s.sums, bias, residual, y);
}

template <typename T>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const dim3 grid(blocks_for(d.n * d.p() * d.q(), kPixels), blocks_for(d.k, kChannels));
  launch(stream, grid, dim3(kThreads), sizeof(Tiles), kernel<conv2d_v3_register_tile<T>>, d,
         static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias,
         static_cast<const T*>(args.residual), static_cast<T*>(args.y));
}

}  // namespace

bool conv2d_v3_supports(const Conv2dProblem& d) {
  return d.plain() && d.groups == 1;
}

void conv2d_v3_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
