// The rungs of guided_filter and which of them runs.
#include "kernels/matte/guided_filter.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr GuidedFilterRung kRungs[] = {
    {"guided_filter_v1_direct", any_problem<GuidedFilterProblem>, guided_filter_v1_launch, guided_filter_v1_workspace},
    {"guided_filter_v2_separable", any_problem<GuidedFilterProblem>, guided_filter_v2_launch,
     guided_filter_v2_workspace},
    {"guided_filter_v3_vectors", guided_filter_v3_supports, guided_filter_v3_launch, guided_filter_v2_workspace},
};

bool small_window(const GuidedFilterProblem& d) {
  return d.radius == 1;
}

// What runs: the first line that holds.
constexpr Choice<GuidedFilterProblem> kChoices[] = {
    {3, any_problem<GuidedFilterProblem>},
    {1, small_window},
    {2, any_problem<GuidedFilterProblem>},  // widths not in fours
};

}  // namespace

std::span<const GuidedFilterRung> guided_filter_rungs() {
  return kRungs;
}

const GuidedFilterRung& choose_guided_filter(const GuidedFilterProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const GuidedFilterProblem& d) {
  require_32_bit_indices("guided_filter", {{"the guide", 3.0 * d.full_h * d.full_w},
                                           {"the workspace", 17.0 * d.h * d.w},
                                           {"h x 2 H", 2.0 * d.h * d.full_h},
                                           {"w x 2 W", 2.0 * d.w * d.full_w}});
}

}  // namespace impasto::IMPASTO_TARGET
