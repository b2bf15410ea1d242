// The definition of correct: six loops.
#include "kernels/pool/max_pool.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace impasto::IMPASTO_TARGET {

std::vector<double> max_pool_reference(const MaxPoolProblem& d, std::span<const float> x) {
  std::vector<double> y;
  for (int n = 0; n < d.n; ++n) {
    for (int p = 0; p < d.p(); ++p) {
      for (int q = 0; q < d.q(); ++q) {
        for (int c = 0; c < d.c; ++c) {
          double largest = -std::numeric_limits<double>::infinity();
          for (int r = 0; r < d.r; ++r) {
            for (int s = 0; s < d.s; ++s) {
              const int h = p * d.stride - d.pad + r;
              const int w = q * d.stride - d.pad + s;
              if (h < 0 || h >= d.h || w < 0 || w >= d.w) continue;
              const float value = x[static_cast<std::size_t>(((n * d.h + h) * d.w + w) * d.c + c)];
              if (std::isnan(value) || std::isnan(largest)) {
                largest = std::nan("");
              } else {
                largest = std::max(largest, static_cast<double>(value));
              }
            }
          }
          y.push_back(largest);
        }
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
