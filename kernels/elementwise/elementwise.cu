// The rungs of elementwise and which of them runs.
#include "kernels/elementwise/elementwise.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr ElementwiseRung kRungs[] = {
    {"elementwise_v1_naive", any_problem<ElementwiseProblem>, elementwise_v1_launch},
    {"elementwise_v2_vectors", elementwise_v2_supports, elementwise_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<ElementwiseProblem> kChoices[] = {
    {2, any_problem<ElementwiseProblem>},
    {1, any_problem<ElementwiseProblem>},  // gates and crops of channels that are not in fours or eights
};

}  // namespace

std::span<const ElementwiseRung> elementwise_rungs() {
  return kRungs;
}

const ElementwiseRung& choose_elementwise(const ElementwiseProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const ElementwiseProblem& d) {
  require_32_bit_indices("elementwise",
                         {{"a", 1.0 * d.n * d.h * d.w * d.c}, {"b", d.addend ? 1.0 * d.n * d.b_h * d.b_w * d.c : 0}});
}

}  // namespace impasto::IMPASTO_TARGET
