#include "apps/stylize/flicker.h"

#include "runtime/graph.h"

#include <algorithm>

namespace impasto::stylize {

Flicker::Flicker(int height, int width) : height_(height), width_(width) {}

void Flicker::add(std::span<const std::byte> values, std::span<const float> stillness, bool continues) {
  constexpr float kStill = 0.99F;
  if (continues && !last_.empty()) {
    const int columns = (width_ + kStillnessCell - 1) / kStillnessCell;
    for (int y = 0; y < height_; ++y) {
      const std::span<const float> cells = stillness.subspan(std::size_t{1} * (y / kStillnessCell) * columns);
      for (int column = 0; column < columns; ++column) {
        if (!(cells[column] > kStill)) continue;
        const int end = std::min(width_, (column + 1) * kStillnessCell);
        for (int x = column * kStillnessCell; x < end; ++x, ++count_) {
          const std::size_t i = std::size_t{1} * y * width_ + x;
          const double change = (std::to_integer<int>(values[i]) - std::to_integer<int>(last_[i])) / 255.0;
          squares_ += change * change;
        }
      }
    }
  }
  last_.assign(values.begin(), values.end());
}

std::optional<double> Flicker::mean() const {
  if (count_ == 0) return {};
  return squares_ / (2 * count_);
}

}  // namespace impasto::stylize
