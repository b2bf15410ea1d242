// The rungs of matte_grow and which of them runs.
#include "kernels/matte/matte_grow.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr MatteGrowRung kRungs[] = {
    {"matte_grow_v1_naive", any_problem<MatteGrowProblem>, matte_grow_v1_launch},
    {"matte_grow_v2_windows", any_problem<MatteGrowProblem>, matte_grow_v2_launch, matte_grow_v2_workspace},
};

// A disc of few pixels: making maps would cost more than looking at all of them.
bool small_disc(const MatteGrowProblem& d) {
  return Growth(d).reach() <= 1;
}

// What runs: the first line that holds.
constexpr Choice<MatteGrowProblem> kChoices[] = {
    {1, small_disc},
    {2, any_problem<MatteGrowProblem>},
};

}  // namespace

std::span<const MatteGrowRung> matte_grow_rungs() {
  return kRungs;
}

const MatteGrowRung& choose_matte_grow(const MatteGrowProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

Growth::Growth(const MatteGrowProblem& d)
    : h(d.h),
      w(d.w),
      shrink(d.radius < 0),
      radius(static_cast<int>(std::abs(d.radius))),
      fraction(std::abs(d.radius) - static_cast<float>(radius)) {}

}  // namespace impasto::IMPASTO_TARGET
