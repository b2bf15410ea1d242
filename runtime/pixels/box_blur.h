// A blur of three boxes across and three down, of half-width radius / 3: together they reach `radius` pixels. The lines
// themselves: box_blur-inl.h.
#pragma once

#include <algorithm>
#include <cstddef>

namespace impasto::cpu {

struct FeatherJob {
  static constexpr int kLanes = 16;  // lines blurred side by side
  int h, w;
  int reach;        // a box covers 2 reach + 1 samples wholly
  double fraction;  // and of one more at each end this part

  FeatherJob(int height, int width, float radius) : h(height), w(width) {
    // More than the picture makes no difference.
    const double half_width = std::min(static_cast<double>(radius) / 3, 2.0 * std::max(h, w));
    reach = static_cast<int>(half_width);
    fraction = half_width - reach;
  }

  [[nodiscard]] std::size_t line_doubles() const {
    return static_cast<std::size_t>(kLanes) * (std::max(h, w) + 2 * (reach + 1));
  }
};

}  // namespace impasto::cpu
