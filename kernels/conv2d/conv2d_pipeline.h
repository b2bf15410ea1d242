// What the pipelined rungs, from v5 on, share: a block's tiles in shared memory, operands out of them, sums on their
// way out, and which tile a problem gets. A block has 128 threads, four warps; conv2d_copier.h fills the stages.
#pragma once

#include "kernels/common/warp_sums.h"
#include "kernels/conv2d/conv2d_copier.h"

namespace impasto::IMPASTO_TARGET::pipeline {

// What a warp needs for 16 taps of its tile, as mma wants it.
template <int pixels, int channels>
struct Fragments {
  unsigned a[pixels / 16][4];
  unsigned b[channels / 16][4];

  // Of rows warp_m and warp_k on; taps from vector v on.
  template <typename StageOfBlock>
  __device__ void load(const StageOfBlock& stage, int warp_m, int warp_k, int v) {
    for (int i = 0; i < pixels / 16; ++i) load_a(a[i], stage.x + warp_m + i * 16, v);
    for (int j = 0; j < channels / 16; ++j) load_b(b[j], stage.w + warp_k + j * 16, v);
  }
  __device__ void multiply_into(float (&sum)[pixels / 16][channels / 8][4]) const {
    for (int i = 0; i < pixels / 16; ++i) {
      for (int j = 0; j < channels / 16; ++j) {
        mma_m16n8k16(sum[i][2 * j], a[i], b[j][0], b[j][1]);
        mma_m16n8k16(sum[i][2 * j + 1], a[i], b[j][2], b[j][3]);
      }
    }
  }
};

[[nodiscard]] __device__ inline int lane_of_warp() {
  return static_cast<int>(threadIdx.x) % 32;
}

// Calls use(m, sums of channels 8 v .. 8 v + 7) for each row m of a warp's tile; v is lane % (channels / 8).
template <int pixels, int channels, typename Use>
__device__ inline void for_each_row(WarpSums<channels>& sums, const float (&sum)[pixels / 16][channels / 8][4],
                                    Use use) {
#pragma unroll  // sum stays in registers
  for (int i = 0; i < pixels / 16; ++i) {
    __syncwarp();
    sums.put(sum[i]);
    __syncwarp();
    for (int m = lane_of_warp() / (channels / 8); m < 16; m += 32 / (channels / 8)) {
      float values[8];
      sums.get(m, values);
      use(i * 16 + m, values);
    }
  }
}

// A block's shared memory, but for the table behind it.
template <int pixels, int channels, int across>
union Tiles {
  Stage<pixels, channels> stage[kStages];
  WarpSums<channels / across> sums[kThreads / 32];
};

// Calls launch.template operator()<pixels, channels, across, blocks>() with a tile of the problem's: the largest that
// keeps a large GPU's 100 and more multiprocessors busy. `across` of the four warps lie side by side in k; `blocks` is
// how many a multiprocessor shall hold.
template <typename Launch>
void with_tile(const Conv2dProblem& d, const Launch& launch) {
  constexpr int kManyBlocks = 128;
  const int pixels = d.n * d.p() * d.q();
  if (d.k > 64 && blocks_for(pixels, 128) * blocks_for(d.k, 128) >= kManyBlocks) {
    launch.template operator()<128, 128, 2, 2>();
  } else if (d.k > 32 && blocks_for(pixels, 128) * blocks_for(d.k, 64) >= kManyBlocks) {
    launch.template operator()<128, 64, 2, 3>();
  } else if (blocks_for(pixels, 256) * blocks_for(d.k, 32) >= kManyBlocks) {
    launch.template operator()<256, 32, 1, 3>();
  } else {
    launch.template operator()<64, 32, 1, 4>();
  }
}

}  // namespace impasto::IMPASTO_TARGET::pipeline
