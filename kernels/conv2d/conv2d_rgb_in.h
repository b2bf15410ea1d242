// What a block of rgb_in keeps in shared memory, its weights and its part of x, and how a pixel becomes four halves.
#pragma once

#include "kernels/common/ptx.h"
#include "kernels/conv2d/conv2d_fragments.h"
#include "kernels/conv2d/conv2d_gemm.h"

#include <cstdint>
#include <cstring>

namespace impasto::IMPASTO_TARGET::rgb_in {

constexpr int kWarps = 8;      // of a block, and rows of y
constexpr int kColumns = 64;   // of y
constexpr int kPositions = 4;  // of the filter, in a step
constexpr int kMaxFilter = 9;
constexpr int kMaxSteps = (kMaxFilter * kMaxFilter + kPositions - 1) / kPositions;

template <int stride>
struct Tiles {
  uint4 w[kMaxSteps][kFragmentVectors];
  uint2 x[((kWarps - 1) * stride + kMaxFilter) * ((kColumns + 3) * stride + kMaxFilter)];
  int offset[kMaxSteps * kPositions];  // of a filter position's pixel in x
};

[[nodiscard]] __host__ __device__ inline int steps_of(const Conv2dProblem& d) {
  return blocks_for(d.r * d.s, kPositions);
}

// A pixel as four halves, zeros past its last channel. Three bytes are taken from the two words that hold them, except
// at the very end of x, where the second would lie outside.
template <typename X>
[[nodiscard]] __device__ inline uint2 load_pixel(const Conv2dProblem& d, const X* x, int pixel) {
  const int first = pixel * d.c;
  float values[4] = {};
  if (sizeof(X) == 1 && d.c == 3 && first / 4 + 2 <= d.n * d.h * d.w * 3 / 4) {
    const auto* words = reinterpret_cast<const unsigned*>(x) + first / 4;
    const std::uint64_t two = words[0] | static_cast<std::uint64_t>(words[1]) << 32;
    for (int c = 0; c < 3; ++c) values[c] = to_float(static_cast<std::uint8_t>(two >> (first % 4 + c) * 8));
  } else {
    for (int c = 0; c < 4; ++c) values[c] = c < d.c ? to_float(x[first + c]) : 0;
  }
  half halves[4];
  for (int c = 0; c < 4; ++c) halves[c] = from_float<half>(values[c]);
  uint2 packed;
  std::memcpy(&packed, halves, sizeof(packed));
  return packed;
}

}  // namespace impasto::IMPASTO_TARGET::rgb_in
