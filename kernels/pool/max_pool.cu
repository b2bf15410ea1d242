// The rungs of max_pool and which of them runs.
#include "kernels/pool/max_pool.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr MaxPoolRung kRungs[] = {
    {"max_pool_v1_naive", any_problem<MaxPoolProblem>, max_pool_v1_launch},
    {"max_pool_v2_vectors", max_pool_v2_supports, max_pool_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<MaxPoolProblem> kChoices[] = {
    {2, any_problem<MaxPoolProblem>},  // halves, channels in eights
    {1, any_problem<MaxPoolProblem>},
};

}  // namespace

std::span<const MaxPoolRung> max_pool_rungs() {
  return kRungs;
}

const MaxPoolRung& choose_max_pool(const MaxPoolProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const MaxPoolProblem& d) {
  require_32_bit_indices("max_pool", {{"x", 1.0 * d.n * d.h * d.w * d.c}, {"y", 1.0 * d.n * d.p() * d.q() * d.c}});
}

}  // namespace impasto::IMPASTO_TARGET
