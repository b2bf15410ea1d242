// The definition of correct: the formula of pad.h.
#include "kernels/elementwise/pad.h"

#include <algorithm>
#include <cstdlib>

namespace impasto::IMPASTO_TARGET {

namespace {

int inside(PadProblem::Mode mode, int position, int extent) {
  if (mode == PadProblem::Mode::edge) return std::clamp(position, 0, extent - 1);
  return position < extent ? std::abs(position) : 2 * (extent - 1) - position;
}

}  // namespace

std::vector<std::byte> pad_reference(const PadProblem& d, std::span<const std::byte> x) {
  const auto pixel_bytes = static_cast<std::size_t>(d.c) * static_cast<std::size_t>(d.value_bytes);
  std::vector<std::byte> y;
  for (int n = 0; n < d.n; ++n) {
    for (int p = 0; p < d.p(); ++p) {
      for (int q = 0; q < d.q(); ++q) {
        const int row = n * d.h + inside(d.mode, p - d.top, d.h);
        const int pixel = row * d.w + inside(d.mode, q - d.left, d.w);
        const auto from = x.subspan(static_cast<std::size_t>(pixel) * pixel_bytes, pixel_bytes);
        y.insert(y.end(), from.begin(), from.end());
        y.resize(y.size() + static_cast<std::size_t>(d.zeros) * static_cast<std::size_t>(d.value_bytes));
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
