// What the rungs of matte_feather share: a box, and values as whole numbers.
#pragma once

#include "kernels/matte/matte_feather.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

// A box as the kernels want it: what it divides by has 24 bits behind the point, and division is multiplication by
// 2^64 / weight. The weight stays below 2^39, so the product's error below 1/2: a box full of one value returns it.
struct Box {
  int reach;
  unsigned long long fraction, weight, reciprocal;

  explicit Box(const MatteFeatherProblem& problem);

  // From the sum of the whole samples and of the two that count a fraction.
  [[nodiscard]] __device__ unsigned mean(unsigned long long whole, unsigned long long ends) const {
    const unsigned long long sum = (whole << 24) + fraction * ends;
    return static_cast<unsigned>(__umul64hi(sum + weight / 2, reciprocal));
  }
};

// Between a matte's values and whole numbers of 2^-24.
[[nodiscard]] __device__ inline unsigned to_whole(float value) {
  return static_cast<unsigned>(rintf(fminf(fmaxf(value, 0.0F), 1.0F) * 0x1p24F));
}
[[nodiscard]] __device__ inline unsigned to_whole(unsigned value) {
  return value;
}
__device__ inline void put_whole(float* to, unsigned value) {
  *to = static_cast<float>(value) * 0x1p-24F;
}
__device__ inline void put_whole(unsigned* to, unsigned value) {
  *to = value;
}

}  // namespace impasto::IMPASTO_TARGET
