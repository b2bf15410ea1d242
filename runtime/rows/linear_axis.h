// Linear interpolation along one axis with half-pixel centres.
#pragma once

#include <algorithm>
#include <vector>

namespace impasto::cpu {

// out[x] = in[low[x]] + weight[x] (in[high[x]] - in[low[x]]).
struct LinearAxis {
  std::vector<int> low, high;
  std::vector<float> weight;
};

// Out x lies at (x + 0.5) in / out - 0.5, clamped at the borders.
[[nodiscard]] inline LinearAxis linear_axis(int in, int out) {
  LinearAxis axis;
  for (int x = 0; x < out; ++x) {
    const double at = std::clamp((x + 0.5) * in / out - 0.5, 0.0, in - 1.0);
    const int low = static_cast<int>(at);
    axis.low.push_back(low);
    axis.high.push_back(std::min(low + 1, in - 1));
    axis.weight.push_back(static_cast<float>(at - low));
  }
  return axis;
}

}  // namespace impasto::cpu
