#include "apps/stylize/cover.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace impasto::stylize {
namespace {

// Source samples first .. first + weights.size() - 1 make one sample of the result.
struct Tap {
  int first = 0;
  std::vector<float> weights;
};

// A filter's weight at a distance, in source pixels of a picture that is not reduced; zero beyond `support`.
struct Filter {
  double support;
  double (*weight)(double distance);
};
constexpr Filter kTriangle{1, [](double distance) { return std::max(0.0, 1 - std::abs(distance)); }};
constexpr Filter kLanczos{3, [](double distance) {
                            const double x = distance * std::numbers::pi;
                            if (std::abs(x) < 1e-8) return 1.0;
                            return std::abs(distance) < 3 ? 3 * std::sin(x) * std::sin(x / 3) / (x * x) : 0.0;
                          }};

// Taps along one axis: result pixel i is centred at begin + (i + 0.5) * step in the source.
std::vector<Tap> make_taps(const Filter& filter, int source, int count, double begin, double step) {
  const double widening = std::max(1.0, step);
  const double reach = filter.support * widening;
  std::vector<Tap> taps(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    Tap& tap = taps[static_cast<std::size_t>(i)];
    const double centre = begin + (i + 0.5) * step;
    tap.first = std::clamp(static_cast<int>(std::floor(centre - reach)), 0, source - 1);
    const int last = std::clamp(static_cast<int>(std::ceil(centre + reach)), tap.first, source - 1);
    double sum = 0;
    for (int x = tap.first; x <= last; ++x) sum += filter.weight((x + 0.5 - centre) / widening);
    for (int x = tap.first; x <= last; ++x) {
      tap.weights.push_back(static_cast<float>(filter.weight((x + 0.5 - centre) / widening) / sum));
    }
    // What counts nothing is left out: where nothing is scaled, all but one.
    while (tap.weights.size() > 1 && tap.weights.back() == 0) tap.weights.pop_back();
    while (tap.weights.size() > 1 && tap.weights.front() == 0) {
      tap.weights.erase(tap.weights.begin());
      ++tap.first;
    }
  }
  return taps;
}

// Of samples that lie `step` apart.
std::byte weighted(const Tap& tap, const std::byte* samples, std::size_t step) {
  float sum = 0.5F;
  for (std::size_t k = 0; k < tap.weights.size(); ++k) {
    sum += tap.weights[k] * static_cast<float>(std::to_integer<int>(samples[k * step]));
  }
  return static_cast<std::byte>(std::clamp(sum, 0.0F, 255.0F));
}

}  // namespace

std::vector<std::byte> cover(const media::Picture& picture, int height, int width) {
  const double step =
      std::min(static_cast<double>(picture.width) / width, static_cast<double>(picture.height) / height);
  const auto columns = make_taps(kTriangle, picture.width, width, (picture.width - step * width) / 2, step);
  const auto rows = make_taps(kTriangle, picture.height, height, (picture.height - step * height) / 2, step);
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

std::vector<std::byte> centre_square(const media::Picture& picture, int side) {
  const int whole = std::min(picture.width, picture.height);
  const int top = (picture.height - whole) / 2;
  const int left = (picture.width - whole) / 2;
  const std::vector<Tap> taps = make_taps(kLanczos, whole, side, 0, static_cast<double>(whole) / side);
  const std::size_t row = static_cast<std::size_t>(side) * 3;

  // Across, then down; what the filter overshoots is cut off in between, as Pillow does.
  std::vector<std::byte> narrow(row * static_cast<std::size_t>(whole));
  for (int y = 0; y < whole; ++y) {
    const std::byte* line =
        picture.planes.at(0).data() + (static_cast<std::size_t>(top + y) * picture.width + left) * std::size_t{3};
    for (std::size_t i = 0; i < row; ++i) {
      const Tap& tap = taps[i / 3];
      narrow[y * row + i] = weighted(tap, line + tap.first * std::size_t{3} + i % 3, 3);
    }
  }
  std::vector<std::byte> square(row * static_cast<std::size_t>(side));
  for (std::size_t i = 0; i < square.size(); ++i) {
    const Tap& tap = taps[i / row];
    square[i] = weighted(tap, narrow.data() + tap.first * row + i % row, row);
  }
  return square;
}

}  // namespace impasto::stylize
