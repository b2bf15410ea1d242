// The rungs of composite and which of them runs.
#include "kernels/composite/composite.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr CompositeRung kRungs[] = {
    {"composite_v1_naive", any_problem<CompositeProblem>, composite_v1_launch},
    {"composite_v2_strips", any_problem<CompositeProblem>, composite_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<CompositeProblem> kChoices[] = {
    {2, any_problem<CompositeProblem>},
};

}  // namespace

std::span<const CompositeRung> composite_rungs() {
  return kRungs;
}

const CompositeRung& choose_composite(const CompositeProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const CompositeProblem& d) {
  require_32_bit_indices("composite", {{"the painted picture", 3.0 * d.h * d.painted_w}});
}

}  // namespace impasto::IMPASTO_TARGET
