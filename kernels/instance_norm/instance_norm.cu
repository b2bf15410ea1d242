// The rungs of instance_norm and which of them runs.
#include "kernels/instance_norm/instance_norm.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr InstanceNormRung kRungs[] = {
    {"instance_norm_v1_naive", any_problem<InstanceNormProblem>, instance_norm_v1_launch},
    {"instance_norm_v2_split", any_problem<InstanceNormProblem>, instance_norm_v2_launch,
     instance_norm_v2_workspace_bytes},
    {"instance_norm_v3_vectors", instance_norm_v3_supports, instance_norm_v3_launch, instance_norm_v3_workspace_bytes},
};

// Three launches take longer than what a block has to do for a few pixels of a channel.
bool few_pixels(const InstanceNormProblem& d) {
  return d.pixels() <= 1024;
}
// And v3's threads, eight channels each, are too few for the GPU.
bool some_pixels(const InstanceNormProblem& d) {
  return d.pixels() <= 8192;
}

// What runs: the first line that holds. By the times in README.md.
constexpr Choice<InstanceNormProblem> kChoices[] = {
    {1, few_pixels},
    {2, some_pixels},
    {3, any_problem<InstanceNormProblem>},  // halves, channels in eights
    {2, any_problem<InstanceNormProblem>},
};

}  // namespace

std::span<const InstanceNormRung> instance_norm_rungs() {
  return kRungs;
}

const InstanceNormRung& choose_instance_norm(const InstanceNormProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void instance_norm_apply(const InstanceNormProblem& problem, const NormTerms* terms, const InstanceNormArgs& args,
                         Stream stream) {
  const auto apply = instance_norm_v3_supports(problem) ? instance_norm_v3_apply : instance_norm_v2_apply;
  apply(problem, terms, args, stream);
}

void require_32_bit_indices(const InstanceNormProblem& d) {
  require_32_bit_indices("instance_norm", {{"x", 1.0 * d.n * d.h * d.w * d.c}});
}

}  // namespace impasto::IMPASTO_TARGET
