// The rungs of global_average and which of them runs.
#include "kernels/pool/global_average.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr GlobalAverageRung kRungs[] = {
    {"global_average_v1_naive", any_problem<GlobalAverageProblem>, global_average_v1_launch},
    {"global_average_v2_split", any_problem<GlobalAverageProblem>, global_average_v2_launch,
     global_average_v2_workspace_bytes},
};

// A second launch takes longer than what a block has to do for a few pixels of a channel.
bool few_pixels(const GlobalAverageProblem& d) {
  return d.pixels() <= 8192;
}

// What runs: the first line that holds. By the times in README.md.
constexpr Choice<GlobalAverageProblem> kChoices[] = {
    {1, few_pixels},
    {2, any_problem<GlobalAverageProblem>},
};

}  // namespace

std::span<const GlobalAverageRung> global_average_rungs() {
  return kRungs;
}

const GlobalAverageRung& choose_global_average(const GlobalAverageProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const GlobalAverageProblem& d) {
  require_32_bit_indices("global_average", {{"x", 1.0 * d.n * d.h * d.w * d.c}});
}

}  // namespace impasto::IMPASTO_TARGET
