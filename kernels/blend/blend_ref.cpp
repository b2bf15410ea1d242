// The definition of correct: the formula of blend.h, with the cells as tents that sum to 1.
#include "kernels/blend/blend.h"
#include "kernels/common/reference.h"

#include <algorithm>
#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

// From the pixel's middle to the cells' first and last middle, in cells.
double place(int pixel, int cells) {
  return std::clamp((pixel + 0.5) / kBlendCell - 0.5, 0.0, cells - 1.0);
}

}  // namespace

std::vector<double> blend_reference(const BlendProblem& d, std::span<const float> x, std::span<const float> stillness,
                                    std::span<const float> last) {
  std::vector<double> y;
  for (int row = 0; row < d.h; ++row) {
    for (int column = 0; column < d.w; ++column) {
      double still = 0;
      for (int i = 0; i < d.rows; ++i) {
        for (int j = 0; j < d.columns; ++j) {
          const double down = 1 - std::abs(place(row, d.rows) - i), across = 1 - std::abs(place(column, d.columns) - j);
          if (down > 0 && across > 0) still += down * across * static_cast<double>(stillness[at(i, d.columns, j)]);
        }
      }
      const double weight = static_cast<double>(d.share) * still;
      for (std::size_t c = 0; c < 3; ++c) {
        const std::size_t value = 3 * at(row, d.w, column) + c;
        const auto now = static_cast<double>(x[value]);
        y.push_back(weight > 0 ? now + weight * (static_cast<double>(last[value]) - now) : now);
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
