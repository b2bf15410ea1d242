// The rungs of softmax and which of them runs.
#include "kernels/softmax/softmax.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr SoftmaxRung kRungs[] = {
    {"softmax_v1_naive", any_problem<SoftmaxProblem>, softmax_v1_launch},
    {"softmax_v2_vectors", softmax_v2_supports, softmax_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<SoftmaxProblem> kChoices[] = {
    {2, any_problem<SoftmaxProblem>},  // halves, two classes, pixels in fours
    {1, any_problem<SoftmaxProblem>},
};

}  // namespace

std::span<const SoftmaxRung> softmax_rungs() {
  return kRungs;
}

const SoftmaxRung& choose_softmax(const SoftmaxProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const SoftmaxProblem& d) {
  require_32_bit_indices("softmax", {{"x", 1.0 * d.n * d.h * d.w * d.c}});
}

}  // namespace impasto::IMPASTO_TARGET
