// The rungs of blur_behind and which of them runs.
#include "kernels/matte/blur_behind.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr BlurBehindRung kRungs[] = {
    {"blur_behind_v1_boxes", any_problem<BlurBehindProblem>, blur_behind_v1_launch, blur_behind_workspace},
    {"blur_behind_v2_running_sums", any_problem<BlurBehindProblem>, blur_behind_v2_launch, blur_behind_workspace},
};

// As the blur itself would run.
bool running_sums(const BlurBehindProblem& d) {
  return &choose_matte_feather(d.feather()) == &matte_feather_rungs()[1];
}

// What runs: the first line that holds.
constexpr Choice<BlurBehindProblem> kChoices[] = {
    {2, running_sums},
    {1, any_problem<BlurBehindProblem>},
};

}  // namespace

std::span<const BlurBehindRung> blur_behind_rungs() {
  return kRungs;
}

const BlurBehindRung& choose_blur_behind(const BlurBehindProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

}  // namespace impasto::IMPASTO_TARGET
