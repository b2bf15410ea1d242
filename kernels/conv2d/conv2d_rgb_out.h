// What a block of rgb_out keeps in shared memory: its part of x, 8 or 16 channels at a time, and the rows of T and y.
#pragma once

#include "kernels/common/ptx.h"
#include "kernels/conv2d/conv2d_fragments.h"
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET::rgb_out {

constexpr int kWarps = 8;                   // of a block, and rows of y
constexpr int kColumns = 64;                // of x, and of T
constexpr int kOutputs = kFragmentColumns;  // of T: S K and zeros
constexpr int kMaxFilter = 9;
constexpr int kMaxChannels = 4;

// `vectors` of 8 channels are a step of the sum.
template <int vectors>
struct Step {
  uint4 x[kWarps + kMaxFilter - 1][kColumns][vectors];
  uint4 w[(kMaxFilter * vectors + 1) / 2][kFragmentVectors];
};
struct RowOfY {
  float t[kOutputs][kColumns + 4];
  float y[kColumns * kMaxChannels];
};
template <int vectors>
union Tiles {
  Step<vectors> step;
  RowOfY row[kWarps];
};

[[nodiscard]] __host__ __device__ inline int weight_lines(const Conv2dProblem& d, int vectors) {
  return blocks_for(d.r * vectors, 2);
}

// Where vector v of the pixel in a column lies.
template <int vectors>
[[nodiscard]] __device__ inline int slot(int column, int v) {
  return vectors == 1 ? v : v ^ (column / 4 % 2);
}

// Asks for a block's part of x, channels first_c and following; its upper left corner is row h0, column w0.
template <int vectors>
__device__ void copy_x(const Conv2dProblem& d, const half* x, int n, int h0, int w0, int first_c, Step<vectors>& step) {
  const int thread = static_cast<int>(threadIdx.x);
  const int v = thread % vectors;
  const int column = thread / vectors % kColumns;
  const int w = d.source_column(w0 + column);
  const int c = first_c + v * 8;
  for (int row = thread / vectors / kColumns; row < kWarps + d.r - 1; row += kWarps * 32 / vectors / kColumns) {
    const int h = d.source_row(h0 + row);
    const bool inside = h >= 0 && w >= 0 && c < d.c;
    const half* from = x + (inside ? ((n * d.h + h) * d.w + w) * d.c + c : 0);
    uint4& to = step.x[row][column][slot<vectors>(column, v)];
    if (d.c % 8 == 0) {
      cp_async_16(&to, from, inside);
    } else {
      const uint2 low = inside ? *reinterpret_cast<const uint2*>(from) : uint2{0, 0};
      const uint2 high = inside && c + 4 < d.c ? *reinterpret_cast<const uint2*>(from + 4) : uint2{0, 0};
      to = {low.x, low.y, high.x, high.y};
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET::rgb_out
