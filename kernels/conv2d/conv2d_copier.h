// How the pipelined rungs, from v5 on, bring tiles of x and w into a stage of the ring (stage_rows.h).
//
// A step of the sum is one filter position and 32 channels (zeros follow the last one), and all positions come before
// the next 32 channels: neighbouring positions of the filter read almost the same pixels one step after the other, when
// the L1 cache still holds them.
//
// Where the values under a filter position begin in x is the sum of a row's part and a column's part, which a table in
// shared memory holds for every pixel of the tile: nothing is divided, reflected or compared with a border in the loop.
#pragma once

#include "kernels/common/stage_rows.h"
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET::pipeline {

constexpr int kThreads = 128;
constexpr int kTaps = kRowHalves;
constexpr int kRowsAtOnce = kThreads / kVectors;  // rows that the threads copy at once

template <int pixels, int channels>
struct Stage {
  StageRow x[pixels];
  StageRow w[channels];
};

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
        slot_(stage_slot(row_, static_cast<int>(threadIdx.x) % kVectors)),
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

}  // namespace impasto::IMPASTO_TARGET::pipeline
