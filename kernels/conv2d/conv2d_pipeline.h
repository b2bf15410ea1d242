// What the pipelined rungs, from v5 on, share: tiles of x and w on their way through a ring of stages in shared memory,
// and sums on their way out. A block has 128 threads, four warps.
//
// A step of the sum is one filter position and 32 channels (zeros follow the last one), and all positions come before
// the next 32 channels: neighbouring positions of the filter read almost the same pixels one step after the other, when
// the L1 cache still holds them.
//
//   row of a stage: 32 taps, four 16-byte vectors; vector v of row m lies at v ^ (m / 2 % 4), so that the eight rows of
//   an 8x8 matrix (one v, eight m) cover all 32 banks once, and so do the copies:
//     m:  0 |0|1|2|3|   1 |0|1|2|3|
//         2 |1|0|3|2|   3 |1|0|3|2|
//         4 |2|3|0|1|   ...
//
// Where the values under a filter position begin in x is the sum of a row's part and a column's part, which a table in
// shared memory holds for every pixel of the tile: nothing is divided, reflected or compared with a border in the loop.
#pragma once

#include "kernels/common/ptx.h"
#include "kernels/common/warp_sums.h"
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET::pipeline {

constexpr int kThreads = 128;
constexpr int kStages = 3;
constexpr int kVectors = 4;
constexpr int kTaps = kVectors * 8;
constexpr int kRowsAtOnce = kThreads / kVectors;  // rows that the threads copy at once

template <int pixels, int channels>
struct Stage {
  uint4 x[pixels][kVectors];
  uint4 w[channels][kVectors];
};

[[nodiscard]] __device__ inline int lane_of_warp() {
  return static_cast<int>(threadIdx.x) % 32;
}

// Which filter position and channels a step takes.
struct Step {
  int r = 0, s = 0, first_c = 0;

  __device__ void to_next(const Conv2dProblem& d) {
    const bool row_ends = s + 1 == d.s;
    const bool filter_ends = row_ends && r + 1 == d.r;
    s = row_ends ? 0 : s + 1;
    r = filter_ends ? 0 : r + (row_ends ? 1 : 0);
    first_c += filter_ends ? kTaps : 0;
  }
};
[[nodiscard]] __device__ inline int step_count(const Conv2dProblem& d) {
  return d.r * d.s * blocks_for(d.c, kTaps);
}

// The table: line r has, for each pixel of the tile, where row r of the filter begins in x, line R + s how far column s
// is from there; -1 for zeros. The pixels that one thread copies lie side by side.
template <int pixels>
struct Offsets {
  static constexpr int kRows = pixels / kRowsAtOnce;  // of a thread
  static constexpr int kTogether = kRows < 4 ? kRows : 4;
  struct alignas(4 * kTogether) Some {
    int at[kTogether];
  };
  Some of[kRows / kTogether][kRowsAtOnce];

  // Of the places of the table in order: the pixel, and where it is.
  [[nodiscard]] static __device__ int pixel(int i) {
    return i / (kTogether * kRowsAtOnce) * (kTogether * kRowsAtOnce) + i % kTogether * kRowsAtOnce +
           i / kTogether % kRowsAtOnce;
  }
  [[nodiscard]] __device__ int& place(int i) {
    return of[i / (kTogether * kRowsAtOnce)][i / kTogether % kRowsAtOnce].at[i % kTogether];
  }
};
template <int pixels>
__device__ inline void fill_offsets(const Conv2dProblem& d, int first_m, Offsets<pixels>* table) {
  for (int i = static_cast<int>(threadIdx.x); i < pixels; i += kThreads) {
    const FilterPlace filter = filter_place(d, first_m + table->pixel(i));
    for (int r = 0; r < d.r; ++r) {
      const int h = d.source_row(filter.h + r);
      table[r].place(i) = h < 0 ? -1 : (filter.first_row + h) * d.w * d.c;
    }
    for (int s = 0; s < d.s; ++s) {
      const int w = d.source_column(filter.w + s);
      table[d.r + s].place(i) = w < 0 ? -1 : w * d.c;
    }
  }
}

// A thread's share of the copies, step by step: vector `thread % 4` of rows thread / 4, thread / 4 + 32, ...
template <int pixels, int channels>
class Copier {
 public:
  __device__ Copier(const Conv2dProblem& d, const half* x, const half* weights, const Offsets<pixels>* table,
                    int first_k)
      : x_(x),
        weights_(weights),
        table_(table),
        row_(static_cast<int>(threadIdx.x) / kVectors),
        slot_(static_cast<int>(threadIdx.x) % kVectors ^ (row_ / 2 % 4)),
        c_(static_cast<int>(threadIdx.x) % kVectors * 8),
        w_at_((first_k + row_) * taps(d) + c_),
        rows_of_w_(d.k - first_k - row_) {
    find_pixels(d);
  }

  // Asks for the tiles of the next step; past the last tap come zeros.
  __device__ void copy(const Conv2dProblem& d, Stage<pixels, channels>& stage) {
    for (int i = 0; i < kRows; ++i) cp_async_16(&stage.x[row_ + i * kRowsAtOnce][slot_], x_ + from_[i], from_[i] >= 0);
    const int w_at = w_at_ + (step_.r * d.s + step_.s) * d.c + step_.first_c;
    for (int i = 0; i < channels / kRowsAtOnce; ++i) {
      cp_async_16(&stage.w[row_ + i * kRowsAtOnce][slot_], weights_ + w_at + i * kRowsAtOnce * taps(d),
                  step_.first_c + c_ < d.c && i * kRowsAtOnce < rows_of_w_);
    }
    cp_async_commit();
    step_.to_next(d);
    find_pixels(d);
  }

 private:
  static constexpr int kRows = Offsets<pixels>::kRows;
  static constexpr int kTogether = Offsets<pixels>::kTogether;

  __device__ void find_pixels(const Conv2dProblem& d) {
    const int c = step_.first_c + c_;
    for (int i = 0; i < kRows; i += kTogether) {
      const auto row = table_[step_.r].of[i / kTogether][row_];
      const auto column = table_[d.r + step_.s].of[i / kTogether][row_];
      for (int j = 0; j < kTogether; ++j) {
        const bool zero = (row.at[j] | column.at[j] | (d.c - 1 - c)) < 0;  // any of the three
        from_[i + j] = zero ? -8 : row.at[j] + column.at[j] + c;
      }
    }
  }

  const half* x_;
  const half* weights_;
  const Offsets<pixels>* table_;
  int row_, slot_;
  int c_;            // of the thread's vector among the step's channels
  int w_at_;         // where the vector of the thread's first row of w begins
  int rows_of_w_;    // from the thread's first row on
  Step step_;        // that is copied next
  int from_[kRows];  // where the vectors in x begin; negative for zeros
};

// What a warp needs for 16 taps of its tile, as mma wants it.
template <int pixels, int channels>
struct Fragments {
  unsigned a[pixels / 16][4];    // rows 0-7, 8-15 at taps 0-7, then at taps 8-15
  unsigned b[channels / 16][4];  // columns 0-7 at taps 0-7, 8-15, then columns 8-15

  // Of rows warp_m and warp_k on; taps from vector v on.
  template <typename StageOfBlock>
  __device__ void load(const StageOfBlock& stage, int warp_m, int warp_k, int v) {
    const int lane = lane_of_warp();
    const int swizzle = lane / 2 % 4;  // of every row below: they are the lane's row of eight
    for (int i = 0; i < pixels / 16; ++i) {
      ldmatrix_x4(a[i], &stage.x[warp_m + lane % 16 + i * 16][(v + lane / 16) ^ swizzle]);
    }
    for (int j = 0; j < channels / 16; ++j) {
      ldmatrix_x4(b[j], &stage.w[warp_k + lane / 16 * 8 + lane % 8 + j * 16][(v + lane / 8 % 2) ^ swizzle]);
    }
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

// y[m, k..k+7] from its sums. The questions are asked once for the eight.
__device__ inline Half8 finish_8(const Conv2dProblem& d, int m, int k, float (&sum)[8], const float (&bias)[8],
                                 const half* residual) {
  for (int n = 0; n < 8; ++n) sum[n] = sum[n] * d.scale + bias[n];
  if (residual != nullptr) {
    const Half8 other = *reinterpret_cast<const Half8*>(residual + m * d.k + k);
    for (int n = 0; n < 8; ++n) sum[n] += to_float(other.v[n]);
  }
  if (d.activation == Activation::relu) {
    for (float& v : sum) v = activate(Activation::relu, v);
  } else if (d.activation != Activation::none) {
    for (float& v : sum) v = activate(d.activation, v);
  }
  Half8 out;
  for (int n = 0; n < 8; ++n) out.v[n] = from_float<half>(sum[n]);
  return out;
}

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
