// The rungs of preserve_colour and which of them runs.
#include "kernels/preserve_colour/preserve_colour.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr PreserveColourRung kRungs[] = {
    {"preserve_colour_v1_naive", any_problem<PreserveColourProblem>, preserve_colour_v1_launch},
    {"preserve_colour_v2_strips", any_problem<PreserveColourProblem>, preserve_colour_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<PreserveColourProblem> kChoices[] = {
    {2, any_problem<PreserveColourProblem>},
};

}  // namespace

std::span<const PreserveColourRung> preserve_colour_rungs() {
  return kRungs;
}

const PreserveColourRung& choose_preserve_colour(const PreserveColourProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const PreserveColourProblem& d) {
  require_32_bit_indices("preserve_colour", {{"the painted picture", 3.0 * d.h * d.painted_w}});
}

}  // namespace impasto::IMPASTO_TARGET
