// The definition of correct: the formula of preserve_colour.h, in double.
#include "kernels/preserve_colour/preserve_colour.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

std::vector<double> preserve_colour_reference(const PreserveColourProblem& d, std::span<const float> painted,
                                              std::span<const float> frame) {
  const double weights[3] = {static_cast<double>(d.kr), 1 - static_cast<double>(d.kr) - static_cast<double>(d.kb),
                             static_cast<double>(d.kb)};
  std::vector<double> y;
  for (int row = 0; row < d.h; ++row) {
    for (int column = 0; column < d.w; ++column) {
      const float* s = &painted[3 * (static_cast<std::size_t>(row) * d.painted_w + column)];
      const float* f = &frame[3 * (static_cast<std::size_t>(row) * d.w + column)];
      double light = 0, dark = 0, t = 1;
      for (int k = 0; k < 3; ++k) {
        light += weights[k] * std::clamp(static_cast<double>(s[k]) * static_cast<double>(d.scale), 0.0, 255.0);
        dark += weights[k] * static_cast<double>(f[k]);
      }
      for (int k = 0; k < 3; ++k) {
        const double c = static_cast<double>(f[k]) - dark;
        if (c > 0) t = std::min(t, (255 - light) / c);
        if (c < 0) t = std::min(t, light / -c);
      }
      for (int k = 0; k < 3; ++k) y.push_back(light + t * (static_cast<double>(f[k]) - dark));
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
