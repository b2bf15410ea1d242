// The definition of correct, in double.
#include "kernels/common/reference.h"
#include "kernels/matte_smooth/matte_smooth.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

std::vector<double> matte_smooth_reference(const MatteSmoothProblem& d, const MatteSmoothInputs& in) {
  const auto place = [&](int i, int extent, int frame, int cells) {
    const double pixel = (i + 0.5) * frame / extent;
    return std::clamp(pixel / d.cell - 0.5, 0.0, cells - 1.0);
  };
  const auto still = [&](std::span<const double> map, double y, double x) {
    const int j = static_cast<int>(y), i = static_cast<int>(x);
    const auto cell = [&](int row, int column) {
      return map[at(std::min(row, d.rows() - 1), d.columns(), std::min(column, d.columns() - 1))];
    };
    const double top = cell(j, i) + (x - i) * (cell(j, i + 1) - cell(j, i));
    const double bottom = cell(j + 1, i) + (x - i) * (cell(j + 1, i + 1) - cell(j + 1, i));
    return top + (y - j) * (bottom - top);
  };
  const auto weight = [](double s, double difference) {
    const double steps = difference / static_cast<double>(kTolerance);
    return s / (1 + (1 - s) * steps * steps);
  };
  std::vector<double> result;
  for (int y = 0; y < d.h; ++y) {
    for (int x = 0; x < d.w; ++x) {
      const std::size_t i = at(y, d.w, x);
      const double row = place(y, d.h, d.frame_h, d.rows()), column = place(x, d.w, d.frame_w, d.columns());
      const auto gain = [&](float most, bool same_scene, std::span<const double> map, double other) {
        if (!same_scene) return 0.0;
        return static_cast<double>(most) * static_cast<double>(d.strength) *
               weight(still(map, row, column), other - in.now[i]);
      };
      const double p = gain(kBeforeGain, in.moment[0] > 0, in.still_before, in.before[i]);
      const double q = gain(kAfterGain, in.moment[0] > 0 && in.moment[1] > 0, in.still_after, in.after[i]);
      result.push_back((in.now[i] + p * in.before[i] + q * in.after[i]) / (1 + p + q));
    }
  }
  return result;
}

}  // namespace impasto::IMPASTO_TARGET
