// matte_threshold: y = t^2 (3 - 2 t), t = clip((x - (threshold - d)) / 2d, 0, 1), with
// d = min(softness / 2, threshold, 1 - threshold), so that 0 stays 0 and 1 stays 1; where d is 0 the step x >=
// threshold.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <span>

namespace impasto::IMPASTO_TARGET {

struct MatteThresholdProblem {
  int h = 1, w = 1;
  float threshold = 0.5F;
  float softness = 0;
};

struct MatteThresholdArgs {
  const float* x = nullptr;
  float* y = nullptr;
};

using MatteThresholdRung = Rung<MatteThresholdProblem, MatteThresholdArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MatteThresholdRung> matte_threshold_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MatteThresholdRung& choose_matte_threshold(const MatteThresholdProblem& problem);

// The definition of correct, in double, for one value.
[[nodiscard]] double matte_threshold_reference(const MatteThresholdProblem& problem, double x);

// The rungs. Both take every problem; both throw if x has 2^31 elements or more.
void matte_threshold_v1_launch(const MatteThresholdProblem& problem, const MatteThresholdArgs& args, Stream stream);
void matte_threshold_v2_launch(const MatteThresholdProblem& problem, const MatteThresholdArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// A problem's numbers as the kernels want them.
struct Threshold {
  float limit, low, width;  // width: 2d

  explicit Threshold(const MatteThresholdProblem& problem);
};

[[nodiscard]] __device__ inline float smooth_threshold(const Threshold& s, float x) {
  if (!(s.width > 0)) return x >= s.limit ? 1.0F : 0.0F;
  const float t = fminf(fmaxf((x - s.low) / s.width, 0.0F), 1.0F);
  // From the nearer end, so that no rounding keeps the ends from being 0 and 1.
  const float from_end = t > 0.5F ? 1.0F - t : t;
  const float rise = from_end * from_end * (3.0F - 2.0F * from_end);
  return t > 0.5F ? 1.0F - rise : rise;
}

}  // namespace impasto::IMPASTO_TARGET
