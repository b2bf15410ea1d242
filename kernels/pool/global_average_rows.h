// How both rungs of global_average add up what the threads of a block have.
#pragma once

#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

// Adds up what the rows of the block bring, `width` threads a row; row 0 gets the sums. Always in the same order.
template <int threads>
[[nodiscard]] __device__ inline float add_rows(float (&sums)[threads], int width, float mine) {
  const int thread = static_cast<int>(threadIdx.x);
  sums[thread] = mine;
  for (int half = threads / width / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread / width < half) sums[thread] += sums[thread + half * width];
  }
  return sums[thread];
}

}  // namespace impasto::IMPASTO_TARGET
