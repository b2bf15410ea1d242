// The rungs of portrait_input and which of them runs.
#include "kernels/portrait_input/portrait_input.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr PortraitInputRung kRungs[] = {
    {"portrait_input_v1_naive", any_problem<PortraitInputProblem>, portrait_input_v1_launch},
    {"portrait_input_v2_staged", any_problem<PortraitInputProblem>, portrait_input_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<PortraitInputProblem> kChoices[] = {
    {2, any_problem<PortraitInputProblem>},
};

}  // namespace

std::span<const PortraitInputRung> portrait_input_rungs() {
  return kRungs;
}

const PortraitInputRung& choose_portrait_input(const PortraitInputProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const PortraitInputProblem& d) {
  require_32_bit_indices("portrait_input", {{"y", 1.0 * d.h * d.w * d.channels()}});
}

}  // namespace impasto::IMPASTO_TARGET
