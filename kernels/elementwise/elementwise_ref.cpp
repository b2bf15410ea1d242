// The definition of correct: the formula of elementwise.h in double.
#include "kernels/common/reference.h"
#include "kernels/elementwise/elementwise.h"

#include <cstddef>

namespace impasto::IMPASTO_TARGET {

std::vector<double> elementwise_reference(const ElementwiseProblem& d, std::span<const float> a,
                                          std::span<const float> g, std::span<const float> b) {
  std::vector<double> y;
  for (int n = 0; n < d.n; ++n) {
    for (int h = 0; h < d.h; ++h) {
      for (int w = 0; w < d.w; ++w) {
        for (int c = 0; c < d.c; ++c) {
          double value = static_cast<double>(a[y.size()]);
          if (d.factor == Factor::channel) value *= static_cast<double>(g[static_cast<std::size_t>(n * d.c + c)]);
          if (d.factor == Factor::map) value *= static_cast<double>(g[y.size()]);
          if (d.addend) {
            const int pixel = (n * d.b_h + h + d.crop_top) * d.b_w + w + d.crop_left;
            value += static_cast<double>(b[static_cast<std::size_t>(pixel * d.c + c)]);
          }
          value = activate_reference(d.activation, value);
          y.push_back(static_cast<double>(d.scale) * value + static_cast<double>(d.offset));
        }
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
