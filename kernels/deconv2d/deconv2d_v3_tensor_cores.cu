// deconv2d v3, tensor cores: the phases (deconv2d_phases.h) as matrix products that share their x,
//   y[m,f,k] = sum over taps (a,b) of phase f, and c, of x[h - a, w - b, c] * w[f,a,b][k,c]
// for each position m = (n,h,w) and phase f. The matrix of x is never stored; its index is computed. Zeros outside x.
//
// Against v2: a block makes 128 positions x 4 phases x `channels` by mma.m16n8k16. A step is one tap and 32 channels of
// x, copied to shared memory (cp.async, 16 bytes a copy, two steps ahead); it serves each phase that has the tap, and
// the others are left out. It costs the fp32 rung, channels in eights, and registers: a warp holds the sums of all four
// phases.
//
//   3 x 3, stride 2:  tap    (0,0)  (0,1)  (1,0)  (1,1)     ring of stages: step i reads stage i mod 3, and asks for
//     phase (0,0)             w00    w02    w20    w22      step i + 2 where step i - 1 was read
//     phase (0,1)             w01           w21             +---+---+---+
//     phase (1,0)             w10    w12                    | i |i+1|i+2|   stage: 128 rows of x, `channels` rows of w
//     phase (1,1)             w11                           +---+---+---+          a phase, four 16-byte vectors each
//
// Thread t copies vector t % 4 of rows t / 4, t / 4 + channels, ... A warp makes 32 positions x 32 channels of each
// phase; its sums leave through shared memory, 16 positions at a time, so that a lane stores eight channels at once.
//
// FLOPs: 2 N H W C K R S, less what the crop takes. Bytes copied, with T = ceil(R/stride) ceil(S/stride):
// 2 N H W C K (T / channels + R S / 128), the first times the blocks that stride^2 phases need.
// Needs: halves; C and K multiples of 8; x, w, bias and y at addresses divisible by 16; every tensor below 2^31
// elements.
#include "kernels/deconv2d/deconv2d_tiles.h"

namespace impasto::IMPASTO_TARGET {

namespace {

template <int channels>
struct Tiles {
  union {
    Stage<channels> stage[kStages];
    WarpSums<32> sums[channels / 8];  // one a warp
  };
  Position position[kPositions];
};

template <int channels>
__global__ void __launch_bounds__(channels * 4)
    deconv2d_v3_tensor_cores(Deconv2dProblem d, const half* __restrict__ x, const half* __restrict__ weights,
                             const float* __restrict__ bias, half* __restrict__ y) {
  constexpr int kRowsAtOnce = channels;            // that the threads copy
  constexpr int kRows = kPositions / kRowsAtOnce;  // of x that a thread copies of
  auto& s = shared_memory<Tiles<channels>>();
  const int thread = static_cast<int>(threadIdx.x);
  const int first_k = static_cast<int>(blockIdx.y) * channels;
  const int first_f = static_cast<int>(blockIdx.z) * kPhases;
  Phase phases[kPhases];
  for (int f = 0; f < kPhases; ++f) phases[f] = find_phase(d, first_f + f);
  if (thread < kPositions) {
    s.position[thread] = find_position(d, phases, static_cast<int>(blockIdx.x) * kPositions + thread);
  }
  __syncthreads();

  const int load_row = thread / kVectors;
  const int load_c = thread % kVectors * 8;
  const int load_v = stage_slot(load_row, thread % kVectors);
  Position row[kRows];
  for (int i = 0; i < kRows; ++i) row[i] = s.position[load_row + i * kRowsAtOnce];
  const int taps_r = blocks_for(d.r, d.stride);  // of the phase that has most
  const int taps_s = blocks_for(d.s, d.stride);
  const auto copy_tiles = [&](const Step& step, Stage<channels>& stage) {
    const int c = step.c + load_c;
    const unsigned ahead = c - static_cast<unsigned>(step.a * d.w + step.b) * d.c;
    for (int i = 0; i < kRows; ++i) {
      const bool inside = c < d.c && static_cast<unsigned>(row[i].h - step.a) < static_cast<unsigned>(d.h) &&
                          static_cast<unsigned>(row[i].w - step.b) < static_cast<unsigned>(d.w);
      cp_async_16(&stage.x[load_row + i * kRowsAtOnce][load_v], x + (inside ? row[i].from + ahead : 0), inside);
    }
    const bool inside = c < d.c && first_k + load_row < d.k;
    for (int f = 0; f < kPhases; ++f) {
      if (!step.is_of(phases[f])) continue;
      const int tap = (phases[f].i + step.a * d.stride) * d.s + phases[f].j + step.b * d.stride;
      cp_async_16(&stage.w[f][load_row][load_v], weights + (inside ? (tap * d.k + first_k + load_row) * d.c + c : 0),
                  inside);
    }
  };

  const int lane = thread % 32;
  const int warp_m = thread / 32 % 4 * 32;
  const int warp_k = thread / 128 * 32;
  float sum[kPhases][2][4][4] = {};
  Step here;
  Step ahead;
  for (int i = 0; i < kStages - 1; ++i) {
    if (ahead.a < taps_r) copy_tiles(ahead, s.stage[i]);
    cp_async_commit();
    ahead.to_next(d, taps_s);
  }
  for (int i = 0; here.a < taps_r; i = i + 1 < kStages ? i + 1 : 0) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    if (ahead.a < taps_r) copy_tiles(ahead, s.stage[i > 0 ? i - 1 : kStages - 1]);
    cp_async_commit();
    const Stage<channels>& stage = s.stage[i];
    for (int v = 0; v < kVectors; v += 2) {  // 16 channels of x
      unsigned x_part[2][4];
      for (int l = 0; l < 2; ++l) load_a(x_part[l], stage.x + warp_m + l * 16, v);
      for (int f = 0; f < kPhases; ++f) {
        if (!here.is_of(phases[f])) continue;
        for (int j = 0; j < 4; j += 2) {
          unsigned w_part[4];
          load_b(w_part, stage.w[f] + warp_k + j * 8, v);
          for (int l = 0; l < 2; ++l) {
            mma_m16n8k16(sum[f][l][j], x_part[l], w_part[0], w_part[1]);
            mma_m16n8k16(sum[f][l][j + 1], x_part[l], w_part[2], w_part[3]);
          }
        }
      }
    }
    here.to_next(d, taps_s);
    ahead.to_next(d, taps_s);
  }
  __syncthreads();  // the ring has been read

  WarpSums<32>& sums = s.sums[thread / 32];
  const int k = first_k + warp_k + lane % 4 * 8;
  float bias_8[8];
  for (int n = 0; n < 8; ++n) bias_8[n] = bias != nullptr && k < d.k ? bias[k + n] : 0.0F;
#pragma unroll  // sum stays in registers
  for (int part = 0; part < kPhases * 2; ++part) {
    const int f = part / 2;
    const int first_row = warp_m + part % 2 * 16;
    __syncwarp();
    sums.put(sum[f][part % 2]);
    __syncwarp();
    const int to_phase = (phases[f].i * d.out_w + phases[f].j) * d.k + k;
    for (int m = lane / 4; m < 16; m += 8) {
      const Position& position = s.position[first_row + m];
      if ((position.inside >> f & 1) == 0 || k >= d.k) continue;
      float eight[8];
      sums.get(m, eight);
      store8(d.activation, eight, bias_8, y + (position.to + to_phase));
    }
  }
}

template <int channels>
void launch_tile(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  const int count = d.n * positions(d.crop_top, d.out_h, d.stride) * positions(d.crop_left, d.out_w, d.stride);
  const dim3 grid(blocks_for(count, kPositions), blocks_for(d.k, channels), blocks_for(d.stride * d.stride, kPhases));
  launch(stream, grid, dim3(channels * 4), sizeof(Tiles<channels>), kernel<deconv2d_v3_tensor_cores<channels>>, d,
         static_cast<const half*>(args.x), static_cast<const half*>(args.weights), args.bias,
         static_cast<half*>(args.y));
}

}  // namespace

bool deconv2d_v3_supports(const Deconv2dProblem& d) {
  return d.storage == Storage::f16 && d.c % 8 == 0 && d.k % 8 == 0 && d.stride <= 256;
}

void deconv2d_v3_pack_weights(const Deconv2dProblem& d, const float* ckrs, std::byte* packed) {
  pack_by_taps(d, ckrs, reinterpret_cast<half*>(packed), false);
}

void deconv2d_v3_launch(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("deconv2d_v3_tensor_cores", {args.x, args.weights, args.bias, args.y});
  if (d.k > 32) {
    launch_tile<64>(d, args, stream);
  } else {
    launch_tile<32>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
