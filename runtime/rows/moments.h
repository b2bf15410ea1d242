// Mean and variance of each channel over the pixels of a picture, from those of its parts.
#pragma once

#include "runtime/rows/layout.h"

#include <cstddef>
#include <span>

namespace impasto::cpu {

// Mean and sum of squared distances from it, of one channel: MergeMoments has them so.
struct Moments {
  float mean = 0, squares = 0;
};

// Of `pixels` dense pixels, a value for each channel; and of the `before` that it has been taken of before. Centred
// sums of tiles that fit the first cache, merged as Chan, Golub and LeVeque do ("Updating formulae and a pairwise
// algorithm for computing sample variances", 1979). `scratch`: moments_scratch(channels) floats.
void take_moments(DType dtype, const std::byte* x, std::size_t pixels, std::span<float> scratch,
                  std::span<Moments> channels, std::size_t before = 0);
[[nodiscard]] std::size_t moments_scratch(int channels);

// Of `pixels` pixels out of parts of `part` (the last what is left), each [C]. Mean and biased variance are [C].
void merge_moments(std::span<const Moments> parts, std::size_t pixels, std::size_t part, std::span<double> mean,
                   std::span<double> variance);

}  // namespace impasto::cpu
