// A transposed convolution as stride^2 small convolutions, for the rungs from v2 on. Row P of the full result gets tap
// r from input row (P - r) / stride, if that is whole: only taps r = i + stride a of its phase i = P % stride reach it,
// and tap a comes from input row P / stride - a. Columns alike: phase (i, j) is a convolution of its own, its taps (a,
// b) dense. Packed weights hold the taps phase after phase, each a matrix of its C x K weights.
#pragma once

#include "kernels/deconv2d/deconv2d.h"

namespace impasto::IMPASTO_TARGET {

// Of a filter axis of `size` taps: how many lie in phase i, and how many in the phases before it.
[[nodiscard]] __host__ __device__ inline int phase_taps(int size, int stride, int i) {
  return size / stride + (i < size % stride ? 1 : 0);
}
[[nodiscard]] __host__ __device__ inline int taps_before(int size, int stride, int i) {
  return size / stride * i + (i < size % stride ? i : size % stride);
}

// The taps of a phase: r x s of them, from position `first` of the packed taps, row by row.
struct Phase {
  int r, s, first;
};
[[nodiscard]] __host__ __device__ inline Phase phase(const Deconv2dProblem& d, int i, int j) {
  const int r = phase_taps(d.r, d.stride, i);
  return {r, phase_taps(d.s, d.stride, j), taps_before(d.r, d.stride, i) * d.s + r * taps_before(d.s, d.stride, j)};
}

// Packs C,K,R,S by phases. The matrix of a tap lies in memory with neighbouring k side by side if `k_inner`, else
// neighbouring c.
template <typename T>
void pack_by_phases(const Deconv2dProblem& d, const float* ckrs, T* packed, bool k_inner) {
  const auto pack_tap = [&](int r, int s) {
    const int rows = k_inner ? d.c : d.k;
    const int columns = k_inner ? d.k : d.c;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const int c = k_inner ? row : column;
        const int k = k_inner ? column : row;
        *packed++ = from_float<T>(ckrs[((c * d.k + k) * d.r + r) * d.s + s]);
      }
    }
  };
  for (int i = 0; i < d.stride; ++i) {
    for (int j = 0; j < d.stride; ++j) {
      for (int r = i; r < d.r; r += d.stride) {
        for (int s = j; s < d.s; s += d.stride) pack_tap(r, s);
      }
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
