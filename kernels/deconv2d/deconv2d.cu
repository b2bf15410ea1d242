// The rungs of deconv2d and which of them runs.
#include "kernels/deconv2d/deconv2d.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr Deconv2dRung kRungs[] = {
    {{"deconv2d_v1_naive", any_problem<Deconv2dProblem>, deconv2d_v1_launch}, deconv2d_v1_pack_weights},
    {{"deconv2d_v2_phases", any_problem<Deconv2dProblem>, deconv2d_v2_launch}, deconv2d_v2_pack_weights},
    {{"deconv2d_v3_tensor_cores", deconv2d_v3_supports, deconv2d_v3_launch}, deconv2d_v3_pack_weights},
};

// What runs: the first line that holds.
constexpr Choice<Deconv2dProblem> kChoices[] = {
    {3, any_problem<Deconv2dProblem>},  // halves, channels in eights
    {2, any_problem<Deconv2dProblem>},  // floats; a few channels
};

}  // namespace

std::span<const Deconv2dRung> deconv2d_rungs() {
  return kRungs;
}

const Deconv2dRung& choose_deconv2d(const Deconv2dProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

std::size_t deconv2d_weight_bytes(const Deconv2dProblem& d) {
  return static_cast<std::size_t>(d.c) * d.k * d.r * d.s * size_of(d.storage);
}

void require_32_bit_indices(const Deconv2dProblem& d) {
  require_32_bit_indices("deconv2d", {{"x", 1.0 * d.n * d.h * d.w * d.c},
                                      {"w", 1.0 * d.c * d.k * d.r * d.s},
                                      {"y", 1.0 * d.n * d.out_h * d.out_w * d.k}});
}

}  // namespace impasto::IMPASTO_TARGET
