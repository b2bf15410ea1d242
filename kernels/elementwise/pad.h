// pad: y[n,p,q,c] = x[n, inside(p - top, H), inside(q - left, W), c], or 0 where c is not below C.
// P = H + top + bottom, Q = W + left + right, and y has K = C + zeros channels.
// inside() brings a position beyond the picture back into it: by reflection at the edge pixel, which is not repeated,
// or to the nearest pixel. A negative side is cut off. Values are copied as they are, whatever they mean.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct PadProblem {
  enum class Mode { reflect, edge };
  int n = 1, h = 1, w = 1, c = 1;
  int top = 0, left = 0, bottom = 0, right = 0;  // reflect: top and bottom below h, left and right below w
  Mode mode = Mode::reflect;
  int zeros = 0;
  int value_bytes = 4;  // 1, 2 or 4

  [[nodiscard]] __host__ __device__ int p() const { return h + top + bottom; }
  [[nodiscard]] __host__ __device__ int q() const { return w + left + right; }
  [[nodiscard]] __host__ __device__ int k() const { return c + zeros; }
  // The element of x that pixel p, q of picture n begins with.
  [[nodiscard]] __host__ __device__ int source(int picture, int row, int column) const {
    return ((picture * h + inside(row - top, h)) * w + inside(column - left, w)) * c;
  }

 private:
  [[nodiscard]] __host__ __device__ int inside(int position, int extent) const {
    if (mode == Mode::reflect) return padded_index(position, extent, PadMode::reflect);
    return position < 0 ? 0 : position < extent ? position : extent - 1;
  }
};

struct PadArgs {
  const void* x = nullptr;
  void* y = nullptr;
};

using PadRung = Rung<PadProblem, PadArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const PadRung> pad_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const PadRung& choose_pad(const PadProblem& problem);

// For launchers: throws if y has 2^31 elements or more.
void require_32_bit_indices(const PadProblem& problem);

// The definition of correct: y's bytes from x's.
[[nodiscard]] std::vector<std::byte> pad_reference(const PadProblem& problem, std::span<const std::byte> x);

// The rungs. Both take every problem.
void pad_v1_launch(const PadProblem& problem, const PadArgs& args, Stream stream);
void pad_v2_launch(const PadProblem& problem, const PadArgs& args, Stream stream);

// Calls f with a null pointer of an unsigned type as wide as a value.
template <typename F>
void with_value_type(const PadProblem& d, const F& f) {
  if (d.value_bytes == 1) f(static_cast<unsigned char*>(nullptr));
  if (d.value_bytes == 2) f(static_cast<unsigned short*>(nullptr));
  if (d.value_bytes == 4) f(static_cast<unsigned*>(nullptr));
}

}  // namespace impasto::IMPASTO_TARGET
