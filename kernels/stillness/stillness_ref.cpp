// The definition of correct: the formulas of stillness.h, in double and without their whole numbers.
#include "kernels/common/reference.h"
#include "kernels/stillness/stillness.h"

#include <algorithm>
#include <array>

namespace impasto::IMPASTO_TARGET {

namespace {

double ramp_reference(double x, float low, float high) {
  return std::clamp((x - static_cast<double>(low)) / static_cast<double>(high - low), 0.0, 1.0);
}

struct Cell {
  int h, w;
  std::array<std::array<std::array<double, 3>, kCell>, kCell> d{};  // by row, column, channel

  // (sum over channels of (sum of d)^2) / pixels, of the group of h x w pixels at row, column.
  [[nodiscard]] double group(int row, int column, int rows, int columns) const {
    double squares = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (int i = row; i < row + rows; ++i) {
        for (int j = column; j < column + columns; ++j)
          sum += d.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j)).at(c);
      }
      squares += sum * sum;
    }
    return squares / (rows * columns);
  }
};

double stillness_reference(const StillnessProblem& d, const Cell& cell) {
  double power = 0, of_columns = 0, of_rows = 0, largest = cell.group(0, 0, cell.h, cell.w);
  const double whole = largest;
  for (int i = 0; i < cell.h; ++i) {
    for (int j = 0; j < cell.w; ++j) power += cell.group(i, j, 1, 1);
  }
  for (int j = 0; j < cell.w; ++j) {
    const double group = cell.group(0, j, cell.h, 1);
    of_columns += group;
    largest = std::max(largest, group);
  }
  for (int i = 0; i < cell.h; ++i) {
    const double group = cell.group(i, 0, 1, cell.w);
    of_rows += group;
    largest = std::max(largest, group);
  }
  const int freedom = 3 * (cell.h - 1) * (cell.w - 1);
  double variance = static_cast<double>(d.least_variance);
  if (freedom > 0) variance = std::max(variance, (power - of_columns - of_rows + whole) / freedom);
  return 1 - std::max(ramp_reference(largest / variance, d.group_low, d.group_high),
                      ramp_reference(power / (3 * cell.h * cell.w), d.power_low, d.power_high));
}

}  // namespace

std::vector<double> stillness_reference(const StillnessProblem& d, std::span<const std::uint8_t> now,
                                        std::span<const std::uint8_t> before) {
  std::vector<double> still;
  for (int i = 0; i < d.rows(); ++i) {
    for (int j = 0; j < d.columns(); ++j) {
      Cell cell{d.cell_h(), d.cell_w(), {}};
      for (int y = 0; y < cell.h; ++y) {
        for (int x = 0; x < cell.w; ++x) {
          const std::size_t from = 3 * at(d.first(i, d.h) + y, d.w, d.first(j, d.w) + x);
          for (std::size_t c = 0; c < 3; ++c) {
            cell.d.at(static_cast<std::size_t>(y)).at(static_cast<std::size_t>(x)).at(c) =
                now[from + c] - before[from + c];
          }
        }
      }
      still.push_back(stillness_reference(d, cell));
    }
  }
  return still;
}

}  // namespace impasto::IMPASTO_TARGET
