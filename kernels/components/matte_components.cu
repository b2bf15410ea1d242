// The rungs of matte_components and which of them runs.
#include "kernels/components/matte_components.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// What one block can look at again and again.
bool small(const MatteComponentsProblem& d) {
  return 1.0 * d.h * d.w <= 65536;
}

constexpr MatteComponentsRung kRungs[] = {
    {"matte_components_v1_propagation", small, matte_components_v1_launch, matte_components_workspace},
    {"matte_components_v2_union_find", any_problem<MatteComponentsProblem>, matte_components_v2_launch,
     matte_components_workspace},
    {"matte_components_v3_runs", any_problem<MatteComponentsProblem>, matte_components_v3_launch,
     matte_components_workspace},
};

// Rows so short that most lanes of a warp would lie beyond their end.
bool narrow(const MatteComponentsProblem& d) {
  return d.w < 16;
}

// What runs: the first line that holds.
constexpr Choice<MatteComponentsProblem> kChoices[] = {
    {2, narrow},
    {3, any_problem<MatteComponentsProblem>},
};

}  // namespace

std::span<const MatteComponentsRung> matte_components_rungs() {
  return kRungs;
}

const MatteComponentsRung& choose_matte_components(const MatteComponentsProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

}  // namespace impasto::IMPASTO_TARGET
