#include "apps/stylize/scene_cuts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace impasto::stylize {
namespace {

// At most so many blocks down and across, each of at least so many pixels: of 16 x 16 pixels with noise of 20 levels
// the mean is good to 1.3 levels.
constexpr int kBlocks = 16;
constexpr int kBlockPixels = 16;
// More samples of a block, down and across, would not tell more.
constexpr int kSamples = 16;
// Levels by which a block's mean changes where another scene is to be seen: four standard deviations of the difference
// under that noise.
constexpr float kOther = 8;

// Means of rows x columns blocks of each channel of a plane, appended.
template <typename Code>
void append_means(const Code* plane, const Shape& shape, int rows, int columns, float scale,
                  std::vector<float>& means) {
  for (int channel = 0; channel < shape.c; ++channel) {
    for (int row = 0; row < rows; ++row) {
      const int top = shape.h * row / rows, bottom = std::max(top + 1, shape.h * (row + 1) / rows);
      const int down = std::max(1, (bottom - top) / kSamples);
      for (int column = 0; column < columns; ++column) {
        const int left = shape.w * column / columns, right = std::max(left + 1, shape.w * (column + 1) / columns);
        const int across = std::max(1, (right - left) / kSamples);
        std::uint64_t sum = 0, count = 0;
        for (int y = top; y < bottom; y += down) {
          for (int x = left; x < right; x += across, ++count) {
            sum += plane[(std::size_t{1} * y * shape.w + x) * shape.c + channel];
          }
        }
        means.push_back(scale * static_cast<float>(sum) / static_cast<float>(count));
      }
    }
  }
}

}  // namespace

bool SceneCuts::begins(const media::Picture& frame) {
  const int rows = std::clamp(frame.height / kBlockPixels, 1, kBlocks);
  const int columns = std::clamp(frame.width / kBlockPixels, 1, kBlocks);
  const float scale = 1 / static_cast<float>(1 << (frame.format.depth - 8));
  const std::vector<Shape> shapes = frame.format.plane_shapes(frame.height, frame.width);
  now_.clear();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const std::byte* plane = frame.planes[i].data();
    if (frame.format.depth == 8) {
      append_means(reinterpret_cast<const std::uint8_t*>(plane), shapes[i], rows, columns, scale, now_);
    } else {
      append_means(reinterpret_cast<const std::uint16_t*>(plane), shapes[i], rows, columns, scale, now_);
    }
  }
  std::swap(now_, last_);
  if (now_.empty()) return true;

  const std::size_t blocks = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  std::size_t others = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    bool other = false;
    for (std::size_t i = block; i < last_.size(); i += blocks) other = other || std::abs(last_[i] - now_[i]) > kOther;
    if (other) ++others;
  }
  return 2 * others > blocks;
}

}  // namespace impasto::stylize
