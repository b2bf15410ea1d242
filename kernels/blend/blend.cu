// The rungs of blend and which of them runs.
#include "kernels/blend/blend.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr BlendRung kRungs[] = {
    {"blend_v1_naive", any_problem<BlendProblem>, blend_v1_launch},
    {"blend_v2_vectors", any_problem<BlendProblem>, blend_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<BlendProblem> kChoices[] = {
    {2, any_problem<BlendProblem>},
};

}  // namespace

std::span<const BlendRung> blend_rungs() {
  return kRungs;
}

const BlendRung& choose_blend(const BlendProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const BlendProblem& d) {
  require_32_bit_indices("blend", {{"y", 3.0 * d.h * d.w}});
}

}  // namespace impasto::IMPASTO_TARGET
