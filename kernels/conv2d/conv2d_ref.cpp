// The definition of correct: seven loops, every sum in double.
#include "kernels/common/reference.h"
#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

std::vector<double> conv2d_reference(const Conv2dProblem& d, std::span<const float> x, std::span<const float> kcrs,
                                     std::span<const float> bias, std::span<const float> residual) {
  std::vector<double> y;
  for (int n = 0; n < d.n; ++n) {
    for (int p = 0; p < d.p(); ++p) {
      for (int q = 0; q < d.q(); ++q) {
        for (int k = 0; k < d.k; ++k) {
          const int first_c = k / d.group_k() * d.group_c();
          double sum = 0;
          for (int c = 0; c < d.group_c(); ++c) {
            for (int r = 0; r < d.r; ++r) {
              for (int s = 0; s < d.s; ++s) {
                const int h = d.source_row(p * d.stride - d.pad_top + r);
                const int w = d.source_column(q * d.stride - d.pad_left + s);
                if (h < 0 || w < 0) continue;
                const double value = x[at(((n * d.h) + h) * d.w + w, d.c, first_c + c)];
                sum += value * static_cast<double>(kcrs[at((k * d.group_c() + c) * d.r + r, d.s, s)]);
              }
            }
          }
          sum *= static_cast<double>(d.scale);
          if (!bias.empty()) sum += static_cast<double>(bias[static_cast<std::size_t>(k)]);
          if (!residual.empty()) sum += static_cast<double>(residual[y.size()]);
          y.push_back(activate_reference(d.activation, sum));
        }
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
