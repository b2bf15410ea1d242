// conv2d v5, pipeline: as a matrix product (conv2d_gemm.h), y[m,k] = sum over e of x[m,e] * w[k,e].
//
// Against v4: the tiles of later steps are on their way (cp.async, 16 bytes a copy, past the registers) while the
// tensor cores work on the present one. Shared memory is a ring of stages, and one barrier a step is enough: who has
// passed it knows that the stage before has been read. Padding would break the 16-byte rows apart, so rows are swizzled
// instead. It costs channel counts: eight neighbouring channels are one copy, which may not cross a tap. Tiles come in
// several sizes.
//
//   ring of stages     step i reads stage i mod 4, and asks for step i + 3 where step i - 1 was read
//   +---+---+---+---+
//   | i |i+1|i+2|i+3|     row of a stage: 32 taps, four 16-byte vectors; vector v of row m lies at v ^ (m / 2 % 4):
//   +---+---+---+---+     m:  0 |0|1|2|3|   1 |0|1|2|3|
//                             2 |1|0|3|2|   3 |1|0|3|2|   The eight rows of an 8x8 matrix (one v, eight m) cover all
//                             4 |2|3|0|1|   ...           32 banks once.
//
// The warps share the block's tile as a grid of warp tiles, each made of mma as in v4. Thread t copies vector t % 4 of
// rows t / 4, t / 4 + 32, ...; where a row's channels begin in x it computes anew only when the steps reach another
// tap.
//
// FLOPs: 2 N P Q K R S C. Bytes copied: 2 N P Q K R S C (1/channels + 1/pixels) of the tile.
// Needs: halves; groups = 1; C and K multiples of 8; x, w, bias, residual and y at addresses divisible by 16; every
// tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/common/ptx.h"
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;
constexpr int kStages = 4;
constexpr unsigned kManyBlocks = 128;
constexpr int kVectors = 4;  // of a row: 16 bytes, 8 taps
constexpr int kTaps = kVectors * 8;
constexpr int kRowsAtOnce = kThreads / kVectors;  // rows that the threads copy at once

template <int pixels, int channels>
struct Stage {
  uint4 x[pixels][kVectors];
  uint4 w[channels][kVectors];
};
template <int pixels, int channels>
union Tiles {
  Stage<pixels, channels> stage[kStages];
  Sums<pixels, channels> sums;
};

// Eight sums of a row at once; nothing outside y. The questions are asked once for the eight.
__device__ void store_y8(const Conv2dProblem& d, int m, int k, const float* sums, const float* bias,
                         const half* residual, half* y) {
  if (m >= output_pixels(d) || k >= d.k) return;
  const int i = m * d.k + k;
  float sum[8];
  for (int n = 0; n < 8; ++n) sum[n] = sums[n] * d.scale;
  if (bias != nullptr) {
    for (int n = 0; n < 8; ++n) sum[n] += bias[k + n];
  }
  if (residual != nullptr) {
    const Half8 other = *reinterpret_cast<const Half8*>(residual + i);
    for (int n = 0; n < 8; ++n) sum[n] += to_float(other.v[n]);
  }
  if (d.activation == Activation::relu) {
    for (float& v : sum) v = activate(Activation::relu, v);
  } else if (d.activation != Activation::none) {
    for (float& v : sum) v = activate(d.activation, v);
  }
  Half8 out;
  for (int n = 0; n < 8; ++n) out.v[n] = from_float<half>(sum[n]);
  *reinterpret_cast<Half8*>(y + i) = out;
}

// `across`: how many of the four warps lie side by side in k.
template <int pixels, int channels, int across>
__global__ void __launch_bounds__(kThreads)
    conv2d_v5_pipeline(Conv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                       const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y) {
  constexpr int kWarpPixels = pixels * across / 4;
  constexpr int kWarpChannels = channels / across;
  auto& s = shared_memory<Tiles<pixels, channels>>();
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int warp_m = thread / 32 / across * kWarpPixels;
  const int warp_k = thread / 32 % across * kWarpChannels;
  const int first_m = static_cast<int>(blockIdx.x) * pixels;
  const int first_k = static_cast<int>(blockIdx.y) * channels;
  const int load_row = thread / kVectors;
  const int load_v = thread % kVectors;
  FilterPlace place[pixels / kRowsAtOnce];
  for (int i = 0; i < pixels / kRowsAtOnce; ++i) place[i] = filter_place(d, first_m + load_row + i * kRowsAtOnce);
  int e = load_v * 8;
  Tap t = tap(d, e);
  int from[pixels / kRowsAtOnce];  // of the row's values under tap t; -1 for zeros
  const auto find_rows = [&] {
    for (int i = 0; i < pixels / kRowsAtOnce; ++i) from[i] = t.r < d.r ? x_index(d, place[i], t.r, t.s) : -1;
  };
  find_rows();

  // Asks for the next step's tiles; past the last tap come zeros.
  const auto copy_tiles = [&](Stage<pixels, channels>& stage) {
    for (int i = 0; i < pixels / kRowsAtOnce; ++i) {
      const int row = load_row + i * kRowsAtOnce;
      cp_async_16(&stage.x[row][load_v ^ (row / 2 % 4)], x + (from[i] < 0 ? 0 : from[i] + t.c), from[i] >= 0);
    }
    for (int i = 0; i < channels / kRowsAtOnce; ++i) {
      const int row = load_row + i * kRowsAtOnce;
      const bool inside = first_k + row < d.k && e < taps(d);
      cp_async_16(&stage.w[row][load_v ^ (row / 2 % 4)], weights + (inside ? (first_k + row) * taps(d) + e : 0),
                  inside);
    }
    cp_async_commit();
    e += kTaps;
    t.c += kTaps;
    if (t.c < d.c) return;
    for (; t.c >= d.c; t.c -= d.c) {
      if (++t.s == d.s) {
        t.s = 0;
        ++t.r;
      }
    }
    find_rows();
  };

  float sum[kWarpPixels / 16][kWarpChannels / 8][4] = {};
  const int steps = (taps(d) + kTaps - 1) / kTaps;
  for (int i = 0; i < kStages - 1; ++i) copy_tiles(s.stage[i]);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    copy_tiles(s.stage[(step + kStages - 1) % kStages]);
    const Stage<pixels, channels>& stage = s.stage[step % kStages];
    for (int v = 0; v < kVectors; v += 2) {  // 16 taps
      unsigned a[kWarpPixels / 16][4];
      for (int i = 0; i < kWarpPixels / 16; ++i) {
        const int row = warp_m + i * 16 + lane % 16;
        ldmatrix_x4(a[i], &stage.x[row][(v + lane / 16) ^ (row / 2 % 4)]);
      }
      for (int j = 0; j < kWarpChannels / 8; j += 2) {
        unsigned b[4];
        const int row = warp_k + j * 8 + lane / 16 * 8 + lane % 8;
        ldmatrix_x4(b, &stage.w[row][(v + lane / 8 % 2) ^ (row / 2 % 4)]);
        for (int i = 0; i < kWarpPixels / 16; ++i) {
          mma_m16n8k16(sum[i][j], a[i], b[0], b[1]);
          mma_m16n8k16(sum[i][j + 1], a[i], b[2], b[3]);
        }
      }
    }
  }
  cp_async_wait<0>();  // zeros past the last tap
  __syncthreads();

  for (int i = 0; i < kWarpPixels / 16; ++i) {
    for (int j = 0; j < kWarpChannels / 8; ++j) {
      const int m = warp_m + i * 16 + lane / 4;
      const int k = warp_k + j * 8 + lane % 4 * 2;
      s.sums.put_pair(m, k, sum[i][j][0], sum[i][j][1]);
      s.sums.put_pair(m + 8, k, sum[i][j][2], sum[i][j][3]);
    }
  }
  __syncthreads();
  for (int i = thread; i < pixels * channels / 8; i += kThreads) {
    const int m = i / (channels / 8);
    const int k = i % (channels / 8) * 8;
    store_y8(d, first_m + m, first_k + k, &s.sums.at[m][k], bias, residual, y);
  }
}

template <int pixels, int channels, int across>
void launch_tile(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const dim3 grid(tiles(d.n * d.p() * d.q(), pixels), tiles(d.k, channels));
  launch(stream, grid, dim3(kThreads), sizeof(Tiles<pixels, channels>),
         kernel<conv2d_v5_pipeline<pixels, channels, across>>, d, static_cast<const half*>(args.x),
         static_cast<const half*>(args.weights), args.bias, static_cast<const half*>(args.residual),
         static_cast<half*>(args.y));
}

}  // namespace

bool conv2d_v5_supports(const Conv2dProblem& d) {
  return d.groups == 1 && d.storage == Storage::f16 && d.c % 8 == 0 && d.k % 8 == 0;
}

void conv2d_v5_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  // The largest tile that keeps a large GPU's 100 and more multiprocessors busy.
  const unsigned rows = tiles(d.n * d.p() * d.q(), 128);
  if (d.k > 64 && rows * tiles(d.k, 128) >= kManyBlocks) {
    launch_tile<128, 128, 2>(d, args, stream);
  } else if (d.k > 32 && rows * tiles(d.k, 64) >= kManyBlocks) {
    launch_tile<128, 64, 2>(d, args, stream);
  } else if (rows * tiles(d.k, 32) >= kManyBlocks) {
    launch_tile<128, 32, 1>(d, args, stream);
  } else {
    launch_tile<64, 32, 1>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
