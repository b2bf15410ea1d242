// A transposed convolution as stride^2 small convolutions, for the rungs from v2 on. Row P of the full result gets tap
// r from input row (P - r) / stride, if that is whole: only taps r = i + stride a of its phase i = P % stride reach it,
// and that tap comes from input row P / stride - a. Columns alike: the outputs of phase (i, j) are a convolution of
// their own, stride 1, its taps (a, b) dense.
#pragma once

#include "kernels/deconv2d/deconv2d.h"

namespace impasto::IMPASTO_TARGET {

// Of a filter axis of `size` taps: how many lie in phase i; none in one past the last.
[[nodiscard]] __host__ __device__ inline int phase_taps(int size, int stride, int i) {
  return i < stride ? size / stride + (i < size % stride ? 1 : 0) : 0;
}

// Packs C,K,R,S as R,S,C,K, if `k_inner`, or R,S,K,C.
template <typename T>
void pack_by_taps(const Deconv2dProblem& d, const float* ckrs, T* packed, bool k_inner) {
  const int rows = k_inner ? d.c : d.k;
  const int columns = k_inner ? d.k : d.c;
  for (int tap = 0; tap < d.r * d.s; ++tap) {
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const int ck = k_inner ? row * d.k + column : column * d.k + row;
        *packed++ = from_float<T>(ckrs[ck * d.r * d.s + tap]);
      }
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
