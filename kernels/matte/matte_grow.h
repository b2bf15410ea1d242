// matte_grow: the largest value in a disc about each pixel, of what lies in the picture; with radius < 0 the least. The
// disc of whole radius R has the offsets dx^2 + dy^2 <= R^2. Between R and R + 1: y = y_R + f (y_(R+1) - y_R) with
// f = |radius| - R.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct MatteGrowProblem {
  int h = 1, w = 1;
  float radius = 0;  // -1000..1000
};

struct MatteGrowArgs {
  const float* x = nullptr;
  float* y = nullptr;
  void* workspace = nullptr;  // at a multiple of 4 bytes
};

using MatteGrowRung = Rung<MatteGrowProblem, MatteGrowArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MatteGrowRung> matte_grow_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MatteGrowRung& choose_matte_grow(const MatteGrowProblem& problem);

// The definition of correct, in double. Returns y.
[[nodiscard]] std::vector<double> matte_grow_reference(const MatteGrowProblem& problem, std::span<const double> x);

// The rungs. Both take every problem, throw if a tensor or the workspace has 2^31 elements or more, and give the same
// bits.
void matte_grow_v1_launch(const MatteGrowProblem& problem, const MatteGrowArgs& args, Stream stream);
[[nodiscard]] std::size_t matte_grow_v2_workspace(const MatteGrowProblem& problem);
void matte_grow_v2_launch(const MatteGrowProblem& problem, const MatteGrowArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// A problem's numbers as the kernels want them.
struct Growth {
  int h, w;
  bool shrink;
  int radius;      // of the smaller disc
  float fraction;  // share of the disc that is larger by 1

  explicit Growth(const MatteGrowProblem& problem);

  [[nodiscard]] __device__ float extreme(float a, float b) const { return shrink ? fminf(a, b) : fmaxf(a, b); }
  [[nodiscard]] __device__ float mixed(float smaller, float larger) const {
    return smaller + fraction * (larger - smaller);
  }
  // The radius of the discs that count.
  [[nodiscard]] __host__ __device__ int reach() const { return fraction > 0 ? radius + 1 : radius; }
};

}  // namespace impasto::IMPASTO_TARGET
