// Scalar functions that several kernels share.
#pragma once

#include "kernels/common/target.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

enum class Activation { none, relu, relu6, hard_swish, sigmoid, tanh };
enum class PadMode { zero, reflect };

// hard_swish: x * clamp(x + 3, 0, 6) / 6 (Howard et al., arXiv:1905.02244, section 5.2). NaN stays NaN.
[[nodiscard]] __device__ inline float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0 ? 0.0F : x;
    case Activation::relu6:
      return x < 0 ? 0.0F : (x > 6 ? 6.0F : x);
    case Activation::hard_swish:
      return x * fminf(fmaxf(x + 3.0F, 0.0F), 6.0F) / 6.0F;
    case Activation::sigmoid:
      return 1.0F / (1.0F + expf(-x));
    case Activation::tanh:
      return tanhf(x);
  }
  return x;
}

// The row or column that a filter tap at `position` reads of `extent`, or -1 for a zero. Reflection does not repeat the
// edge pixel and needs a pad below `extent`.
[[nodiscard]] __host__ __device__ inline int padded_index(int position, int extent, PadMode mode) {
  const int from_edge = position < 0 ? -position : position;
  const int from_other = 2 * (extent - 1) - from_edge;
  const int mirrored = from_edge < from_other ? from_edge : from_other;  // inside, this is the position
  return mirrored == position || mode == PadMode::reflect ? mirrored : -1;
}

}  // namespace impasto::IMPASTO_TARGET
