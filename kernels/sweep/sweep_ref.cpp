// The definition of correct: the formulas of sweep.h, in double.
#include "kernels/common/reference.h"
#include "kernels/sweep/sweep.h"

#include <algorithm>
#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

// The largest or the least within `reach` cells of row i, column j, which may lie beyond the grid; `none` if there is
// none.
template <typename Extreme>
double extreme_about(const SweepProblem& d, std::span<const double> cells, int i, int j, int reach, double none,
                     const Extreme& extreme) {
  double value = none;
  for (int k = std::max(0, i - reach); k <= std::min(d.rows - 1, i + reach); ++k) {
    for (int l = std::max(0, j - reach); l <= std::min(d.columns - 1, j + reach); ++l) {
      value = extreme(value, cells[at(k, d.columns, l)]);
    }
  }
  return value;
}
double largest_about(const SweepProblem& d, std::span<const double> cells, int i, int j, int reach) {
  return extreme_about(d, cells, i, j, reach, 0, [](double a, double b) { return std::max(a, b); });
}
double least_about(const SweepProblem& d, std::span<const double> cells, int i, int j, int reach) {
  return extreme_about(d, cells, i, j, reach, static_cast<double>(kForget),
                       [](double a, double b) { return std::min(a, b); });
}

std::vector<double> closed(const SweepProblem& d, const std::vector<double>& motion) {
  const SweepProblem padded{d.rows + 2 * kJoin, d.columns + 2 * kJoin};
  std::vector<double> largest;
  for (int i = 0; i < padded.rows; ++i) {
    for (int j = 0; j < padded.columns; ++j) largest.push_back(largest_about(d, motion, i - kJoin, j - kJoin, kJoin));
  }
  std::vector<double> least;
  for (int i = 0; i < d.rows; ++i) {
    for (int j = 0; j < d.columns; ++j) least.push_back(least_about(padded, largest, i + kJoin, j + kJoin, kJoin));
  }
  return least;
}

}  // namespace

std::vector<double> sweep_reference(const SweepProblem& d, std::span<const float> still, std::span<const float> colours,
                                    bool continues, std::vector<double>& memory) {
  const auto cells = static_cast<std::size_t>(d.cells());
  const std::vector<double> last_ages(memory.begin() + static_cast<std::ptrdiff_t>(3 * cells), memory.end());
  std::vector<double> motion;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const auto change = [&](std::size_t c) {
      return static_cast<double>(colours[3 * cell + c]) - memory[c * cells + cell];
    };
    const auto take_in = [&](double share) {
      for (std::size_t c = 0; c < 3; ++c) memory[c * cells + cell] += share * change(c);
    };
    double& age = memory[3 * cells + cell];
    const bool moves = still[cell] < 0.5F;
    bool differs = false;
    for (std::size_t c = 0; c < 3; ++c) differs = differs || std::abs(change(c)) > static_cast<double>(kDiffers);
    if (!continues) {
      for (std::size_t c = 0; c < 3; ++c) memory[c * cells + cell] = static_cast<double>(colours[3 * cell + c]);
      age = static_cast<double>(kForget);
    } else {
      const int i = static_cast<int>(cell) / d.columns, j = static_cast<int>(cell) % d.columns;
      age = moves ? 0 : std::min(static_cast<double>(kForget), 1 + least_about(d, last_ages, i, j, kReach));
      if (!moves && (!differs || age >= static_cast<double>(kForget))) {
        take_in(differs ? 1 : static_cast<double>(kAdapt));
        age = static_cast<double>(kForget);
      }
    }
    const bool covered = age < static_cast<double>(kForget) && differs;
    motion.push_back(covered ? 1 : 1 - static_cast<double>(still[cell]));
  }
  const std::vector<double> joined = closed(d, motion);
  std::vector<double> y;
  for (int i = 0; i < d.rows; ++i) {
    for (int j = 0; j < d.columns; ++j) y.push_back(1 - largest_about(d, joined, i, j, kReach));
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
