// What preserve_colour must do on every backend.
#pragma once

#include "tests/kernels/pixels_run.h"

namespace impasto::test::preserve_colour_checks {

inline double luma(const PreserveColour& op, const reference::Map& map, int y, int x) {
  const double kr = static_cast<double>(op.kr), kb = static_cast<double>(op.kb);
  return kr * map.at(y, x, 0) + (1 - kr - kb) * map.at(y, x, 1) + kb * map.at(y, x, 2);
}

inline void follows_the_formula(Backend& backend) {
  for (const auto& [h, w, more] : std::vector<std::array<int, 3>>{{1, 1, 0}, {5, 18, 2}, {3, 67, 1}, {40, 33, 0}}) {
    for (const PreserveColour op : {PreserveColour{}, PreserveColour{255, 0.299F, 0.114F}}) {
      CAPTURE(h, w, op.painted_scale);
      const double scale = static_cast<double>(op.painted_scale);
      const reference::Map painted = random_map(h + more, w + more, 3, -40 / scale, 300 / scale, 1);
      const reference::Map frame = random_map(h, w, 3, 0, 255, 2, true);
      const auto out = run_op(backend, op, {{painted, DType::f32}, {frame, DType::u8}});
      CHECK(largest_difference(out[0], reference::preserve_colour(op, painted, frame)) <= 2e-4);
    }
  }
}

// The luma is the paint's even where the colour has no room; a grey frame stays grey; the frame itself as paint is the
// frame.
inline void keeps_luma_and_hue(Backend& backend) {
  const PreserveColour op{};
  const reference::Map painted = random_map(12, 21, 3, 0, 255, 3);
  reference::Map frame = random_map(12, 21, 3, 0, 255, 4, true);
  for (int x = 0; x < 21; ++x) {
    for (int k = 0; k < 3; ++k) frame.at(0, x, k) = 10 * x;
  }
  const auto out = run_op(backend, op, {{painted, DType::f32}, {frame, DType::u8}})[0];
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 21; ++x) {
      const double light = luma(op, painted, y, x), dark = luma(op, frame, y, x);
      CHECK(std::abs(luma(op, out, y, x) - light) <= 1e-3);
      for (int k = 0; k < 3; ++k) {
        CHECK(out.at(y, x, k) >= -1e-3);
        CHECK(out.at(y, x, k) <= 255.001);
        if (y == 0) CHECK(std::abs(out.at(y, x, k) - light) <= 1e-3);
        // Parallel to the frame's chroma.
        const double c = frame.at(y, x, k) - dark, next = frame.at(y, x, (k + 1) % 3) - dark;
        CHECK(std::abs((out.at(y, x, k) - light) * next - (out.at(y, x, (k + 1) % 3) - light) * c) <= 0.2);
      }
    }
  }
  const auto same = run_op(backend, op, {{frame, DType::f32}, {frame, DType::u8}})[0];
  CHECK(largest_difference(same, frame) <= 1e-3);
}

inline constexpr PixelCheck kAll[] = {
    {"follows the formula at odd sizes, with paint beside the frame", follows_the_formula},
    {"keeps the paint's luma and the frame's hue", keeps_luma_and_hue},
};

}  // namespace impasto::test::preserve_colour_checks
