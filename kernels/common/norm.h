// What instance normalisation hands from kernel to kernel: the moments of a part of a channel, and the three numbers
// with which a channel is normalised. Here, because a convolution may make the first in its epilogue.
#pragma once

#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

// Of a number of values: their mean, and the sum of the squares of their distances from it. Never the sum of the
// squares themselves: of 1000.1, 1000.2, .. these share their first six digits, which is all that a float has.
//
// The moments of a whole [N,H,W,C] tensor come in parts: part i of picture n holds pixels i part_pixels and following,
// part_pixels of them, the last part what is left of H W; for channel c it lies at parts[(n part_count + i) C + c].
struct alignas(8) Moments {
  float mean, m2;
};

// The moments of a's and b's values together; b's may be none. Chan, Golub, LeVeque, "Updating formulae and a pairwise
// algorithm for computing sample variances" (Stanford STAN-CS-79-773, 1979), formula 2.1.
[[nodiscard]] __host__ __device__ inline Moments merged(Moments a, float a_count, Moments b, float b_count) {
  if (b_count == 0) return a;
  const float share = b_count / (a_count + b_count);
  const float distance = b.mean - a.mean;
  return {a.mean + distance * share, a.m2 + b.m2 + distance * distance * a_count * share};
}

// Of one channel of one picture: scale is gamma / sqrt(m2 / (H W) + eps). For a tensor: [N,C].
struct NormTerms {
  float mean, scale, beta;
};

// The difference comes first, since it is exact where x is near the mean; x * scale + (beta - mean * scale) would save
// it and be off by about |mean * scale| 2^-24.
[[nodiscard]] __host__ __device__ inline float normalise(const NormTerms& terms, float x) {
  return (x - terms.mean) * terms.scale + terms.beta;
}

}  // namespace impasto::IMPASTO_TARGET
