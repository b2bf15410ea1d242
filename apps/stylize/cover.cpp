#include "apps/stylize/cover.h"

#include <algorithm>
#include <cmath>

namespace impasto::stylize {
namespace {

// Source samples first .. first + weights.size() - 1 make one sample of the result.
struct Tap {
  int first = 0;
  std::vector<float> weights;
};

// Taps along one axis: result pixel i is centred at begin + (i + 0.5) * step in the source.
std::vector<Tap> make_taps(int source, int count, double begin, double step) {
  const double reach = std::max(1.0, step);
  std::vector<Tap> taps(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    Tap& tap = taps[static_cast<std::size_t>(i)];
    const double centre = begin + (i + 0.5) * step;
    tap.first = std::clamp(static_cast<int>(std::floor(centre - reach)), 0, source - 1);
    const int last = std::clamp(static_cast<int>(std::ceil(centre + reach)), tap.first, source - 1);
    double sum = 0;
    for (int x = tap.first; x <= last; ++x) sum += std::max(0.0, 1 - std::abs(x + 0.5 - centre) / reach);
    for (int x = tap.first; x <= last; ++x) {
      const double weight = std::max(0.0, 1 - std::abs(x + 0.5 - centre) / reach);
      tap.weights.push_back(static_cast<float>(weight / sum));
    }
  }
  return taps;
}

}  // namespace

std::vector<std::byte> cover(const media::Picture& picture, int height, int width) {
  const double step =
      std::min(static_cast<double>(picture.width) / width, static_cast<double>(picture.height) / height);
  const auto columns = make_taps(picture.width, width, (picture.width - step * width) / 2, step);
  const auto rows = make_taps(picture.height, height, (picture.height - step * height) / 2, step);
  const std::vector<std::byte>& source = picture.planes.at(0);
  const std::size_t source_row = static_cast<std::size_t>(picture.width) * 3;
  const std::size_t row = static_cast<std::size_t>(width) * 3;

  std::vector<std::byte> result(row * height);
  std::vector<float> tall(source_row);  // one row of the result before the columns are mixed
  for (int y = 0; y < height; ++y) {
    std::fill(tall.begin(), tall.end(), 0.0F);
    const Tap& vertical = rows[static_cast<std::size_t>(y)];
    for (std::size_t k = 0; k < vertical.weights.size(); ++k) {
      const std::byte* line = source.data() + (vertical.first + k) * source_row;
      for (std::size_t i = 0; i < source_row; ++i)
        tall[i] += vertical.weights[k] * static_cast<float>(std::to_integer<int>(line[i]));
    }
    for (int x = 0; x < width; ++x) {
      const Tap& horizontal = columns[static_cast<std::size_t>(x)];
      for (std::size_t c = 0; c < 3; ++c) {
        float sum = 0.5F;
        for (std::size_t k = 0; k < horizontal.weights.size(); ++k) {
          sum += horizontal.weights[k] * tall[(horizontal.first + k) * 3 + c];
        }
        result[y * row + x * std::size_t{3} + c] = static_cast<std::byte>(std::clamp(sum, 0.0F, 255.0F));
      }
    }
  }
  return result;
}

}  // namespace impasto::stylize
