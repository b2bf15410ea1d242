// The definition of correct: for each output value the samples that it is made of, in double.
#include "kernels/resize/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

namespace {

// One axis of the resize.
struct Axis {
  int in, out;
  int other_in, other_out;
  bool letterbox;
};

// What one output position takes of an axis: weights of samples, the first of which is at `begin`.
struct Taps {
  int begin = 0;
  std::vector<double> weights;
};

Taps taps(ResizeMode mode, const Axis& axis, int at) {
  const double ratio = static_cast<double>(axis.in) / axis.out;
  switch (mode) {
    case ResizeMode::nearest:
      return {static_cast<int>(std::int64_t{at} * axis.in / axis.out), {1}};
    case ResizeMode::bilinear: {
      const double position = std::clamp((at + 0.5) * axis.in / axis.out - 0.5, 0.0, axis.in - 1.0);
      const int low = static_cast<int>(position);
      return {low, {1 - (position - low), position - low}};
    }
    case ResizeMode::bilinear_shiftless: {
      if (axis.letterbox) {
        const int side = std::max(axis.in, axis.other_in);
        const double position = std::nearbyint(32.0 * at * side / axis.out) / 32 - 0.5 * (side - axis.in);
        const int low = static_cast<int>(std::floor(position));
        return {low, {1 - (position - low), position - low}};
      }
      // dst * in / out in 1/32, as OpenCV comes to it: the inverse of the matrix that maps x to y by cofactors, then
      // homogeneous coordinates.
      const double forward = static_cast<double>(axis.out) / axis.in;
      const double other_forward = static_cast<double>(axis.other_out) / axis.other_in;
      const double inverse = 1 / (forward * other_forward);
      const double step = other_forward * inverse;
      const double position = std::nearbyint(step * at * (32 / (forward * other_forward * inverse))) / 32;
      const int low = static_cast<int>(position);
      return {low, {1 - (position - low), position - low}};
    }
    case ResizeMode::area: {
      const double from = at * ratio;
      const double to = (at + 1) * ratio;
      Taps covered{static_cast<int>(from), {}};
      for (int i = covered.begin; i < std::min<double>(axis.in, to); ++i) {
        covered.weights.push_back(std::max(0.0, std::min(to, i + 1.0) - std::max<double>(from, i)) / ratio);
      }
      return covered;
    }
  }
  return {};
}

}  // namespace

std::vector<double> resize_reference(const ResizeProblem& d, std::span<const float> x) {
  std::vector<double> y;
  const auto sample = [&](int n, int h, int w, int c) {
    // The bilinear modes' last tap, whose weight is 0 or where a zero is wanted; and what is beside a letterboxed x.
    if (h < 0 || h >= d.h || w < 0 || w >= d.w) return 0.0;
    return static_cast<double>(x[static_cast<std::size_t>(((n * d.h + h) * d.w + w) * d.c + c)]);
  };
  for (int n = 0; n < d.n; ++n) {
    for (int p = 0; p < d.p; ++p) {
      const Taps rows = taps(d.mode, {d.h, d.p, d.w, d.q, d.letterbox}, p);
      for (int q = 0; q < d.q; ++q) {
        const Taps columns = taps(d.mode, {d.w, d.q, d.h, d.p, d.letterbox}, q);
        for (int c = 0; c < d.c; ++c) {
          double sum = 0;
          for (std::size_t i = 0; i < rows.weights.size(); ++i) {
            for (std::size_t j = 0; j < columns.weights.size(); ++j) {
              sum += rows.weights[i] * columns.weights[j] *
                     sample(n, rows.begin + static_cast<int>(i), columns.begin + static_cast<int>(j), c);
            }
          }
          y.push_back(d.mode == ResizeMode::bilinear_shiftless ? std::floor(sum + 0.5) : sum);
        }
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
