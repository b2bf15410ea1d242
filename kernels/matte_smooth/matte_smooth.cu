// The rungs of matte_smooth and which of them runs.
#include "kernels/matte_smooth/matte_smooth.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr MatteSmoothRung kRungs[] = {
    {"matte_smooth_v1_naive", any_problem<MatteSmoothProblem>, matte_smooth_v1_launch},
    {"matte_smooth_v2_vectors", any_problem<MatteSmoothProblem>, matte_smooth_v2_launch},
};

constexpr Choice<MatteSmoothProblem> kChoices[] = {
    {2, any_problem<MatteSmoothProblem>},
};

}  // namespace

std::span<const MatteSmoothRung> matte_smooth_rungs() {
  return kRungs;
}

const MatteSmoothRung& choose_matte_smooth(const MatteSmoothProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const MatteSmoothProblem& d) {
  require_32_bit_indices("matte_smooth", {{"y", 1.0 * d.h * d.w}, {"the stillness", 1.0 * d.rows() * d.columns()}});
}

MatteSmoothing::MatteSmoothing(const MatteSmoothProblem& d)
    : w(d.w),
      rows(d.rows()),
      columns(d.columns()),
      rows_per_step(static_cast<float>(d.frame_h) / static_cast<float>(d.cell) / static_cast<float>(d.h)),
      columns_per_step(static_cast<float>(d.frame_w) / static_cast<float>(d.cell) / static_cast<float>(d.w)),
      before_gain(kBeforeGain * d.strength),
      after_gain(kAfterGain * d.strength) {}

}  // namespace impasto::IMPASTO_TARGET
