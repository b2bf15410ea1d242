// The rungs of pad and which of them runs.
#include "kernels/elementwise/pad.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr PadRung kRungs[] = {
    {"pad_v1_naive", any_problem<PadProblem>, pad_v1_launch},
    {"pad_v2_vectors", any_problem<PadProblem>, pad_v2_launch},
};

constexpr Choice<PadProblem> kChoices[] = {
    {2, any_problem<PadProblem>},
};

}  // namespace

std::span<const PadRung> pad_rungs() {
  return kRungs;
}

const PadRung& choose_pad(const PadProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const PadProblem& d) {
  require_32_bit_indices("pad", {{"y", 1.0 * d.n * d.p() * d.q() * d.k()}});
}

}  // namespace impasto::IMPASTO_TARGET
