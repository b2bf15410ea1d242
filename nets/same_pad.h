// TensorFlow's SAME padding, which puts the odd row or column at the end.
#pragma once

#include "runtime/graph.h"

#include <algorithm>

namespace impasto {

struct SamePad {
  int before = 0;
  int after = 0;
};

// For an axis of n samples and a filter of k: the output has ceil(n / stride) samples.
[[nodiscard]] constexpr SamePad same_pad(int n, int k, int stride) noexcept {
  const int out = (n + stride - 1) / stride;
  const int total = std::max((out - 1) * stride + k - n, 0);
  return {total / 2, total - total / 2};
}

// A convolution of x to `channels` with SAME padding by zeros.
[[nodiscard]] inline Conv2d same_conv(const Shape& x, int channels, int k, int stride) noexcept {
  const SamePad rows = same_pad(x.h, k, stride);
  const SamePad columns = same_pad(x.w, k, stride);
  return {.k = channels,
          .r = k,
          .s = k,
          .stride = stride,
          .pad_top = rows.before,
          .pad_left = columns.before,
          .pad_bottom = rows.after,
          .pad_right = columns.after};
}

}  // namespace impasto
