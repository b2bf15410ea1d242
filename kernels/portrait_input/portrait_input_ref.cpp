// The definition of correct, in double.
#include "kernels/portrait_input/portrait_input.h"

#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

namespace {

double mask_reference(const PortraitInputProblem& d, std::span<const float> mask, double u, double v) {
  double sum = 0;
  for (int row = 0; row < d.mask_h; ++row) {
    for (int column = 0; column < d.mask_w; ++column) {
      const double across = 1 - std::abs(u - 1 - column), down = 1 - std::abs(v - 1 - row);
      if (across <= 0 || down <= 0) continue;
      sum += across * down * static_cast<double>(mask[static_cast<std::size_t>(row) * d.mask_w + column]);
    }
  }
  return sum;
}

}  // namespace

std::vector<double> portrait_input_reference(const PortraitInputProblem& d, std::span<const float> rgb,
                                             const FacePlace& face, std::span<const float> mask) {
  std::vector<double> y;
  for (int row = 0; row < d.h; ++row) {
    for (int column = 0; column < d.w; ++column) {
      const std::size_t pixel = static_cast<std::size_t>(row) * d.w + column;
      for (std::size_t i = 0; i < 3; ++i) {
        y.push_back((static_cast<double>(rgb[3 * pixel + 2 - i]) - static_cast<double>(d.mean[i])) *
                    static_cast<double>(d.scale));
      }
      if (d.mask_h == 0) continue;
      const auto place = [&](int i) {
        return static_cast<double>(face.a[i]) * (column + 1) + static_cast<double>(face.a[i + 1]) * (row + 1) +
               static_cast<double>(face.a[i + 2]);
      };
      const double u = place(0), v = place(3), reach = static_cast<double>(d.reach);
      const bool near = u >= -reach && u <= d.mask_w + reach && v >= -reach && v <= d.mask_h + reach;
      const bool seen = face.found > 0 && near;
      y.push_back(seen ? (u - static_cast<double>(d.centre_x)) / d.mask_w : 0);
      y.push_back(seen ? (v - static_cast<double>(d.centre_y)) / d.mask_h : 0);
      y.push_back(seen ? mask_reference(d, mask, u, v) : 0);
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
