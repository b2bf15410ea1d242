// The rungs of matte_threshold and which of them runs.
#include "kernels/matte/matte_threshold.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr MatteThresholdRung kRungs[] = {
    {"matte_threshold_v1_naive", any_problem<MatteThresholdProblem>, matte_threshold_v1_launch},
    {"matte_threshold_v2_vectors", any_problem<MatteThresholdProblem>, matte_threshold_v2_launch},
};

constexpr Choice<MatteThresholdProblem> kChoices[] = {
    {2, any_problem<MatteThresholdProblem>},
};

}  // namespace

std::span<const MatteThresholdRung> matte_threshold_rungs() {
  return kRungs;
}

const MatteThresholdRung& choose_matte_threshold(const MatteThresholdProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

Threshold::Threshold(const MatteThresholdProblem& d) : limit(d.threshold) {
  const float half_width = std::min({d.softness / 2, limit, 1 - limit});
  low = limit - half_width;
  width = 2 * half_width;
}

}  // namespace impasto::IMPASTO_TARGET
