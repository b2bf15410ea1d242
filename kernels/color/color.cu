// The rungs of color and which of them runs.
#include "kernels/color/color.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr ColorRung kRungs[] = {
    {"color_v1_naive", any_problem<ColorProblem>, color_v1_launch},
    {"color_v2_strips", color_v2_supports, color_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<ColorProblem> kChoices[] = {
    {2, any_problem<ColorProblem>},  // codes
    {1, any_problem<ColorProblem>},  // a matte
};

}  // namespace

std::span<const ColorRung> color_rungs() {
  return kRungs;
}

const ColorRung& choose_color(const ColorProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const ColorProblem& d) {
  require_32_bit_indices("color", {{"the picture", 3.0 * d.h * d.w}});
}

}  // namespace impasto::IMPASTO_TARGET
