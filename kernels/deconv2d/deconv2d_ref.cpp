// The definition of correct: the formula of deconv2d.h as it stands, every sum in double.
#include "kernels/common/reference.h"
#include "kernels/deconv2d/deconv2d.h"

namespace impasto::IMPASTO_TARGET {

std::vector<double> deconv2d_reference(const Deconv2dProblem& d, std::span<const float> x, std::span<const float> ckrs,
                                       std::span<const float> bias) {
  std::vector<double> y(at(d.n * d.out_h, d.out_w * d.k, 0));
  const auto add_pixel = [&](int n, int h, int w, int r, int s) {
    const int p = d.stride * h + r - d.crop_top;
    const int q = d.stride * w + s - d.crop_left;
    if (p < 0 || p >= d.out_h || q < 0 || q >= d.out_w) return;
    for (int c = 0; c < d.c; ++c) {
      const double value = x[at((n * d.h + h) * d.w + w, d.c, c)];
      for (int k = 0; k < d.k; ++k) {
        y[at((n * d.out_h + p) * d.out_w + q, d.k, k)] +=
            value * static_cast<double>(ckrs[at((c * d.k + k) * d.r + r, d.s, s)]);
      }
    }
  };
  for (int n = 0; n < d.n; ++n) {
    for (int h = 0; h < d.h; ++h) {
      for (int w = 0; w < d.w; ++w) {
        for (int r = 0; r < d.r; ++r) {
          for (int s = 0; s < d.s; ++s) add_pixel(n, h, w, r, s);
        }
      }
    }
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!bias.empty()) y[i] += static_cast<double>(bias[i % static_cast<std::size_t>(d.k)]);
    y[i] = activate_reference(d.activation, y[i]);
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
