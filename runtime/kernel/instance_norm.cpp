#include "kernels/instance_norm/instance_norm.h"

#include "runtime/kernel/kernels.h"

#include <array>

namespace impasto::IMPASTO_TARGET {

namespace {

// The weights of a norm on the device.
class Parameters {
 public:
  Parameters(Device& device, const std::vector<WeightView>& weights) {
    for (std::size_t i = 0; i < weights.size(); ++i) memory_.at(i) = uploaded(device, weights[i]);
  }
  [[nodiscard]] NormParameters with(const std::byte* style) const {
    return {.gamma = floats(memory_[0]),
            .beta = floats(memory_[1]),
            .gamma_bias = floats(memory_[2]),
            .beta_bias = floats(memory_[3]),
            .style = reinterpret_cast<const float*>(style)};
  }

 private:
  std::array<std::unique_ptr<DeviceMemory>, 4> memory_;
};

// Its last statistics are input `i` and output 1, one state; the moment is behind it.
NormMemory memory_of(const Binding& binding, std::size_t i) {
  if (i >= binding.inputs.size()) return {};
  return {.last = reinterpret_cast<NormStatistics*>(binding.outputs[1]),
          .moment = reinterpret_cast<const float*>(binding.inputs[i + 1]) + kMomentPainted};
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op) {
  const Shape x = build.in(node).shape;
  const InstanceNormProblem problem{.n = x.n,
                                    .h = x.h,
                                    .w = x.w,
                                    .c = x.c,
                                    .styles = has_input(node, 2) ? build.in(node, 2).shape.c : 0,
                                    .eps = op.eps,
                                    .activation = kernel_activation(op.activation),
                                    .out_scale = op.out_scale,
                                    .out_offset = op.out_offset,
                                    .memory = op.memory,
                                    .storage = storage_of(build.in(node).dtype),
                                    .to_float = op.to_float};
  const InstanceNormRung& rung = pick(build, node, instance_norm_rungs(), choose_instance_norm(problem), problem);
  auto bind = [parameters = Parameters(build.device, node.weights)](const Binding& binding) {
    return InstanceNormArgs{.x = binding.inputs[0],
                            .parameters = parameters.with(binding.inputs[2]),
                            .memory = memory_of(binding, 3),
                            .residual = binding.inputs[1],
                            .y = binding.outputs[0],
                            .workspace = binding.workspace};
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

// The two halves of an instance norm whose moments a convolution has taken.
namespace {

struct MergeArgs {
  InstanceNormParts parts;
  InstanceNormArgs norm;
  NormTerms* terms = nullptr;
};
struct ApplyArgs {
  const NormTerms* terms = nullptr;
  InstanceNormArgs norm;
};

constexpr Rung<InstanceNormProblem, MergeArgs> kMerge{
    "instance_norm_merge", any_problem<InstanceNormProblem>,
    [](const InstanceNormProblem& problem, const MergeArgs& args, Stream stream) {
      instance_norm_merge(problem, args.parts, args.norm, args.terms, stream);
    }};
constexpr Rung<InstanceNormProblem, ApplyArgs> kApply{
    "instance_norm_apply", any_problem<InstanceNormProblem>,
    [](const InstanceNormProblem& problem, const ApplyArgs& args, Stream stream) {
      instance_norm_apply(problem, args.terms, args.norm, stream);
    }};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MergeMoments& op) {
  const Shape moments = build.in(node).shape;
  const InstanceNormProblem problem{.w = op.pixels,
                                    .c = moments.w,
                                    .styles = has_input(node, 1) ? build.in(node, 1).shape.c : 0,
                                    .eps = op.eps,
                                    .memory = op.memory};
  auto bind = [part = op.part, parts = moments.h,
               parameters = Parameters(build.device, node.weights)](const Binding& binding) {
    return MergeArgs{.parts = {.moments = reinterpret_cast<const Moments*>(binding.inputs[0]),
                               .part_pixels = part,
                               .part_count = parts},
                     .norm = {.parameters = parameters.with(binding.inputs[1]), .memory = memory_of(binding, 2)},
                     .terms = reinterpret_cast<NormTerms*>(binding.outputs[0])};
  };
  return rung_kernel(build, node, kMerge, problem, std::move(bind));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Normalise& op) {
  const Shape x = build.in(node).shape;
  const InstanceNormProblem problem{.n = x.n,
                                    .h = x.h,
                                    .w = x.w,
                                    .c = x.c,
                                    .activation = kernel_activation(op.activation),
                                    .out_scale = op.out_scale,
                                    .out_offset = op.out_offset,
                                    .storage = storage_of(build.in(node).dtype),
                                    .to_float = op.to_float};
  auto bind = [](const Binding& binding) {
    return ApplyArgs{.terms = reinterpret_cast<const NormTerms*>(binding.inputs[1]),
                     .norm = {.x = binding.inputs[0], .residual = binding.inputs[2], .y = binding.outputs[0]}};
  };
  return rung_kernel(build, node, kApply, problem, bind);
}

}  // namespace impasto::IMPASTO_TARGET
