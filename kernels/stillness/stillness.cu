// The rungs of stillness and which of them runs.
#include "kernels/stillness/stillness.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr StillnessRung kRungs[] = {
    {"stillness_v1_naive", any_problem<StillnessProblem>, stillness_v1_launch},
    {"stillness_v2_lanes", any_problem<StillnessProblem>, stillness_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<StillnessProblem> kChoices[] = {
    {2, any_problem<StillnessProblem>},
};

}  // namespace

std::span<const StillnessRung> stillness_rungs() {
  return kRungs;
}

const StillnessRung& choose_stillness(const StillnessProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const StillnessProblem& d) {
  require_32_bit_indices("stillness", {{"the frame", 3.0 * d.h * d.w}});
}

}  // namespace impasto::IMPASTO_TARGET
