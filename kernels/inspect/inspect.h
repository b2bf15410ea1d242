// inspect: x [H,W,C] -> y [C,3], float: of each channel the least and the largest of its finite values (infinity and
// -infinity if it has none), and how many others it has: NaN and infinities.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cfloat>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct InspectProblem {
  int h = 1, w = 1;
  int c = 1;           // 1 or 3
  bool bytes = false;  // x is u8, else float

  [[nodiscard]] __host__ __device__ int values() const { return h * w * c; }
};

// Device pointers.
struct InspectArgs {
  const void* x = nullptr;
  float* y = nullptr;
  void* workspace = nullptr;
};

using InspectRung = Rung<InspectProblem, InspectArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const InspectRung> inspect_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const InspectRung& choose_inspect(const InspectProblem& problem);

// For launchers: throws unless C is 1 or 3 and x has less than 2^31 elements.
void check_inspect(const InspectProblem& problem);

// The definition of correct; bytes come as floats too.
[[nodiscard]] std::vector<double> inspect_reference(const InspectProblem& problem, std::span<const float> x);

// The rungs: inspect_v1_naive.cu and its neighbour. Both take every problem.
void inspect_v1_launch(const InspectProblem& problem, const InspectArgs& args, Stream stream);
[[nodiscard]] std::size_t inspect_v2_workspace_bytes(const InspectProblem& problem);
void inspect_v2_launch(const InspectProblem& problem, const InspectArgs& args, Stream stream);

// What is known of some values of a channel. Begins as of none.
struct Extent {
  float least = std::numeric_limits<float>::infinity();
  float largest = -std::numeric_limits<float>::infinity();
  unsigned others = 0;
};

// Of a single value. Zero has one sign here, lest the result depend on which of two zeros came first.
[[nodiscard]] __device__ inline Extent extent_of(float value) {
  Extent e;
  if (fabsf(value) <= FLT_MAX) {
    e.least = e.largest = value + 0.0F;
  } else {
    e.others = 1;
  }
  return e;
}
[[nodiscard]] __device__ inline Extent extent_of(unsigned char value) {
  return extent_of(static_cast<float>(value));
}
[[nodiscard]] __device__ inline Extent extent_of(const Extent& extent) {
  return extent;
}

__device__ inline void take(Extent& e, const Extent& more) {
  e.least = fminf(e.least, more.least);
  e.largest = fmaxf(e.largest, more.largest);
  e.others += more.others;
}

__device__ inline void store(const Extent& e, int c, float* y) {
  y[3 * c] = e.least;
  y[3 * c + 1] = e.largest;
  y[3 * c + 2] = static_cast<float>(e.others);
}

}  // namespace impasto::IMPASTO_TARGET
