// The rungs of inspect and which of them runs.
#include "kernels/inspect/inspect.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr InspectRung kRungs[] = {
    {"inspect_v1_naive", any_problem<InspectProblem>, inspect_v1_launch},
    {"inspect_v2_split", any_problem<InspectProblem>, inspect_v2_launch, inspect_v2_workspace_bytes},
};

// A second launch takes longer than what a block has to do for a few values.
bool few_values(const InspectProblem& d) {
  return d.h * d.w <= 4096;
}

// What runs: the first line that holds.
constexpr Choice<InspectProblem> kChoices[] = {
    {1, few_values},
    {2, any_problem<InspectProblem>},
};

}  // namespace

std::span<const InspectRung> inspect_rungs() {
  return kRungs;
}

const InspectRung& choose_inspect(const InspectProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void check_inspect(const InspectProblem& d) {
  require_32_bit_indices("inspect", {{"x", 1.0 * d.h * d.w * d.c}});
  if (d.c != 1 && d.c != 3) throw std::runtime_error("inspect: C is " + std::to_string(d.c) + ", expected 1 or 3");
}

}  // namespace impasto::IMPASTO_TARGET
