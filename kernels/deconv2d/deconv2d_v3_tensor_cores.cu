// deconv2d v3, tensor cores: each phase (deconv2d_phases.h) as a matrix product,
//   y[m,k] = sum over e of x[m,e] * w[k,e]     m: an output pixel of the phase     e = (a S' + b) C + c: a tap of it
// where x[m,e] = x[n, h - a, w - b, c] for the pixel whose tap (0,0) lies on (h, w), and S' is how many taps the phase
// has in a row. The matrix of x is never stored; its index is computed. Zeros outside x.
//
// Against v2: a block makes `pixels` x `channels` outputs of one phase by mma.m16n8k16. Tiles of both matrices come to
// shared memory by cp.async, 16 bytes a copy, three steps ahead. It costs the fp32 rung and channel counts: eight
// neighbouring channels are one copy, which may not cross a tap.
//
//   y, stride 2:   0 1 0 1 0 1   blockIdx.z: the phase     ring of stages: step i reads stage i mod 4, and asks for
//                  2 3 2 3 2 3   blockIdx.x: its pixels    step i + 3 where step i - 1 was read
//                  0 1 0 1 0 1   blockIdx.y: channels      +---+---+---+---+
//                  2 3 2 3 2 3                             | i |i+1|i+2|i+3|
//                                                          +---+---+---+---+
//
//   row of a stage: 32 values of e, four 16-byte vectors; vector v of row m lies at v ^ (m / 2 % 4):
//     m:  0 |0|1|2|3|   1 |0|1|2|3|
//         2 |1|0|3|2|   3 |1|0|3|2|   The eight rows that ldmatrix reads at once (one v, eight m) cover all 32 banks.
//         4 |2|3|0|1|   ...
//
// Thread t copies vector t % 4 of rows t / 4, t / 4 + 32, ... The four warps share the tile, `across` side by side in
// k. The sums leave through shared memory, so that neighbouring threads store neighbouring channels of a pixel.
//
// FLOPs: 2 N H W C K R S, less what the crop takes. Bytes copied: the same number times (1/channels + 1/pixels).
// Needs: halves; C and K multiples of 8; x, w, bias and y at addresses divisible by 16; every tensor below 2^31
// elements.
#include "kernels/common/ptx.h"
#include "kernels/deconv2d/deconv2d_phases.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;
constexpr int kStages = 4;
constexpr int kVectors = 4;                       // of a row: 16 bytes, 8 values of e
constexpr int kStep = kVectors * 8;               // values of e
constexpr int kRowsAtOnce = kThreads / kVectors;  // rows that the threads copy at once

struct alignas(8) Half4 {
  half v[4];
};
struct alignas(16) Float4 {
  float v[4];
};

template <int pixels, int channels>
struct Stage {
  uint4 x[pixels][kVectors];
  uint4 w[channels][kVectors];
};
template <int pixels, int channels>
struct Tiles {
  union {
    Stage<pixels, channels> stage[kStages];
    Float4 sums[pixels][channels / 4];  // vector v of row m at v ^ (m % 4 * 2): an mma leaves two vectors of eight rows
  };
  int to[pixels];  // where in y the pixel's channels begin; -1 past the last pixel
};

template <int pixels, int channels, int across>
__global__ void __launch_bounds__(kThreads)
    deconv2d_v3_tensor_cores(Deconv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                             const float* __restrict__ bias, half* __restrict__ y) {
  constexpr int kWarpPixels = pixels * across / 4;
  constexpr int kWarpChannels = channels / across;
  auto& s = shared_memory<Tiles<pixels, channels>>();
  // Of the phase: its first pixel in y, its pixels, its taps.
  const int p0 = static_cast<int>(blockIdx.z) / d.stride;
  const int q0 = static_cast<int>(blockIdx.z) % d.stride;
  const int rows = (d.out_h - p0 + d.stride - 1) / d.stride;
  const int columns = (d.out_w - q0 + d.stride - 1) / d.stride;
  const Phase taps = phase(d, (p0 + d.crop_top) % d.stride, (q0 + d.crop_left) % d.stride);
  const int first_m = static_cast<int>(blockIdx.x) * pixels;
  const int first_k = static_cast<int>(blockIdx.y) * channels;
  if (first_m >= d.n * rows * columns) return;

  const int thread = static_cast<int>(threadIdx.x);
  const int load_row = thread / kVectors;
  const int load_v = thread % kVectors;
  struct {
    unsigned from;  // where in x the channels under tap (0,0) begin, were (h, w) inside
    int h, w;
  } row[pixels / kRowsAtOnce];
  for (int i = 0; i < pixels / kRowsAtOnce; ++i) {
    const int m = first_m + load_row + i * kRowsAtOnce;
    const int b = m % columns;
    const int a = m / columns % rows;
    const int n = m / columns / rows;
    row[i].h = n < d.n ? (p0 + d.crop_top) / d.stride + a : -1;
    row[i].w = (q0 + d.crop_left) / d.stride + b;
    row[i].from = (static_cast<unsigned>(n * d.h + row[i].h) * d.w + row[i].w) * d.c;
    const int to = ((n * d.out_h + p0 + a * d.stride) * d.out_w + q0 + b * d.stride) * d.k;
    if (load_v == 0) s.to[load_row + i * kRowsAtOnce] = n < d.n ? to : -1;
  }

  // Asks for the next step's tiles; past the last tap come zeros. (a, b): the tap of the thread's vector, from channel
  // c.
  int a = 0;
  int b = 0;
  int c = load_v * 8;
  const auto next_tap = [&] {
    for (; c >= d.c && a < taps.r; c -= d.c) {
      if (++b == taps.s) {
        b = 0;
        ++a;
      }
    }
  };
  next_tap();
  const auto copy_tiles = [&](Stage<pixels, channels>& stage) {
    for (int i = 0; i < pixels / kRowsAtOnce; ++i) {
      const int m = load_row + i * kRowsAtOnce;
      const bool inside = a < taps.r && static_cast<unsigned>(row[i].h - a) < static_cast<unsigned>(d.h) &&
                          static_cast<unsigned>(row[i].w - b) < static_cast<unsigned>(d.w);
      const unsigned from = row[i].from - (static_cast<unsigned>(a) * d.w + b) * d.c + c;
      cp_async_16(&stage.x[m][load_v ^ (m / 2 % 4)], x + (inside ? from : 0), inside);
    }
    for (int i = 0; i < channels / kRowsAtOnce; ++i) {
      const int m = load_row + i * kRowsAtOnce;
      const bool inside = a < taps.r && first_k + m < d.k;
      const int tap = taps.first + a * taps.s + b;
      cp_async_16(&stage.w[m][load_v ^ (m / 2 % 4)], weights + (inside ? (tap * d.k + first_k + m) * d.c + c : 0),
                  inside);
    }
    c += kStep;
    next_tap();
  };

  const int lane = thread % 32;
  const int warp_m = thread / 32 / across * kWarpPixels;
  const int warp_k = thread / 32 % across * kWarpChannels;
  float sum[kWarpPixels / 16][kWarpChannels / 8][4] = {};
  const int steps = blocks_for(taps.r * taps.s * d.c, kStep);
  for (int i = 0; i < kStages - 1; ++i) {
    if (i < steps) copy_tiles(s.stage[i]);
    cp_async_commit();
  }
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    if (step + kStages - 1 < steps) copy_tiles(s.stage[(step + kStages - 1) % kStages]);
    cp_async_commit();
    const Stage<pixels, channels>& stage = s.stage[step % kStages];
    for (int v = 0; v < kVectors; v += 2) {  // 16 values of e
      unsigned x_part[kWarpPixels / 16][4];
      for (int i = 0; i < kWarpPixels / 16; ++i) {
        const int m = warp_m + i * 16 + lane % 16;
        ldmatrix_x4(x_part[i], &stage.x[m][(v + lane / 16) ^ (m / 2 % 4)]);
      }
      for (int j = 0; j < kWarpChannels / 8; j += 2) {
        unsigned w_part[4];
        const int k = warp_k + j * 8 + lane / 16 * 8 + lane % 8;
        ldmatrix_x4(w_part, &stage.w[k][(v + lane / 8 % 2) ^ (k / 2 % 4)]);
        for (int i = 0; i < kWarpPixels / 16; ++i) {
          mma_m16n8k16(sum[i][j], x_part[i], w_part[0], w_part[1]);
          mma_m16n8k16(sum[i][j + 1], x_part[i], w_part[2], w_part[3]);
        }
      }
    }
  }
  __syncthreads();  // the ring has been read

  const auto put_pair = [&](int m, int k, float first, float second) {
    *reinterpret_cast<Float2*>(&s.sums[m][k / 4 ^ m % 4 * 2].v[k % 4]) = {{first, second}};
  };
  for (int i = 0; i < kWarpPixels / 16; ++i) {
    for (int j = 0; j < kWarpChannels / 8; ++j) {
      const int m = warp_m + i * 16 + lane / 4;
      const int k = warp_k + j * 8 + lane % 4 * 2;
      put_pair(m, k, sum[i][j][0], sum[i][j][1]);
      put_pair(m + 8, k, sum[i][j][2], sum[i][j][3]);
    }
  }
  __syncthreads();
  for (int i = thread; i < pixels * channels / 4; i += kThreads) {
    const int m = i / (channels / 4);
    const int v = i % (channels / 4);
    const int k = first_k + v * 4;
    if (s.to[m] < 0 || k >= d.k) continue;
    const Float4 four = s.sums[m][v ^ m % 4 * 2];
    const Float4 add = bias != nullptr ? *reinterpret_cast<const Float4*>(bias + k) : Float4{};
    Half4 out;
    for (int n = 0; n < 4; ++n) out.v[n] = from_float<half>(activate(d.activation, four.v[n] + add.v[n]));
    *reinterpret_cast<Half4*>(y + s.to[m] + k) = out;
  }
}

template <int pixels, int channels, int across>
void launch_tile(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  const int largest_phase = d.n * blocks_for(d.out_h, d.stride) * blocks_for(d.out_w, d.stride);
  const dim3 grid(blocks_for(largest_phase, pixels), blocks_for(d.k, channels), d.stride * d.stride);
  launch(stream, grid, dim3(kThreads), sizeof(Tiles<pixels, channels>),
         kernel<deconv2d_v3_tensor_cores<pixels, channels, across>>, d, static_cast<const half*>(args.x),
         static_cast<const half*>(args.weights), args.bias, static_cast<half*>(args.y));
}

}  // namespace

bool deconv2d_v3_supports(const Deconv2dProblem& d) {
  return d.storage == Storage::f16 && d.c % 8 == 0 && d.k % 8 == 0 && d.stride < 256;
}

void deconv2d_v3_pack_weights(const Deconv2dProblem& d, const float* ckrs, std::byte* packed) {
  pack_by_phases(d, ckrs, reinterpret_cast<half*>(packed), false);
}

void deconv2d_v3_launch(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("deconv2d_v3_tensor_cores", {args.x, args.weights, args.bias, args.y});
  // The largest tile that keeps a large GPU's 100 and more multiprocessors busy.
  constexpr double kManyBlocks = 128;
  const double tiles_of_128 = 1.0 * d.n * d.out_h * d.out_w / 128;
  if (d.k > 32 && tiles_of_128 * blocks_for(d.k, 64) >= kManyBlocks) {
    launch_tile<128, 64, 2>(d, args, stream);
  } else if (tiles_of_128 * blocks_for(d.k, 32) >= kManyBlocks) {
    launch_tile<128, 32, 1>(d, args, stream);
  } else {
    launch_tile<64, 32, 1>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
