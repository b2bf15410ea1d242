#include "apps/stylize/flicker.h"

#include "runtime/graph.h"

#include <algorithm>
#include <cstdint>

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

std::vector<std::byte> luma_of(const PixelFormat& format, std::span<const std::span<const std::byte>> planes) {
  const bool packed = format.model == PixelFormat::Model::rgb, planar = format.model == PixelFormat::Model::gbr;
  const auto sample = [&](std::size_t plane, std::size_t i) {
    if (format.depth == 8) return std::to_integer<int>(planes[plane][i]);
    return reinterpret_cast<const std::uint16_t*>(planes[plane].data())[i] >> (format.depth - 8);
  };
  std::vector<std::byte> luma(planes[0].size() / size_of(format.dtype()) / (packed ? 3 : 1));
  for (std::size_t i = 0; i < luma.size(); ++i) {
    if (packed || planar) {
      const int r = packed ? sample(0, 3 * i) : sample(2, i), g = packed ? sample(0, 3 * i + 1) : sample(0, i);
      const int b = packed ? sample(0, 3 * i + 2) : sample(1, i);
      luma[i] = static_cast<std::byte>(format.kr * r + (1 - format.kr - format.kb) * g + format.kb * b + 0.5);
    } else {
      luma[i] = static_cast<std::byte>(sample(0, i));
    }
  }
  return luma;
}

}  // namespace impasto::stylize
