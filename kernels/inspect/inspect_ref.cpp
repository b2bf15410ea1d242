// The definition of correct.
#include "kernels/inspect/inspect.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

std::vector<double> inspect_reference(const InspectProblem& d, std::span<const float> x) {
  std::vector<double> y;
  for (int c = 0; c < d.c; ++c) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    double least = kInfinity, largest = -kInfinity, others = 0;
    for (auto i = static_cast<std::size_t>(c); i < x.size(); i += static_cast<std::size_t>(d.c)) {
      const auto value = static_cast<double>(x[i]);
      if (std::isfinite(value)) {
        least = std::min(least, value);
        largest = std::max(largest, value);
      } else {
        ++others;
      }
    }
    y.insert(y.end(), {least, largest, others});
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
