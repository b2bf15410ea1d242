// The definition of correct: the formula of blur_behind.h, in double.
#include "kernels/matte/blur_behind.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

std::vector<double> blur_behind_reference(const BlurBehindProblem& d, std::span<const double> picture,
                                          std::span<const double> matte) {
  const auto least = static_cast<double>(kLeastWeight);
  std::vector<double> weights;
  for (const double m : matte) weights.push_back((1 - std::clamp(m, 0.0, 1.0) + least) / (1 + least));
  const MatteFeatherProblem one{.h = d.h, .w = d.w, .radius = d.radius};
  const std::vector<double> sums = matte_feather_reference(one, weights);
  std::vector<double> y(picture.size());
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> weighted;
    for (std::size_t i = 0; i < weights.size(); ++i) weighted.push_back(weights[i] * picture[3 * i + c] / 255);
    const std::vector<double> blurred = matte_feather_reference(one, weighted);
    for (std::size_t i = 0; i < weights.size(); ++i) y[3 * i + c] = 255 * blurred[i] / sums[i];
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
