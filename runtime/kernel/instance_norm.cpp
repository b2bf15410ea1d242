#include "kernels/instance_norm/instance_norm.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

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
                                    .storage = storage_of(build.in(node).dtype),
                                    .to_float = op.to_float};
  const InstanceNormRung& rung = pick(build, node, instance_norm_rungs(), choose_instance_norm(problem), problem);
  auto bind = [gamma = uploaded(build.device, node.weights[0]),
               beta = uploaded(build.device, node.weights[1])](const Binding& binding) {
    return InstanceNormArgs{.x = binding.inputs[0],
                            .gamma = floats(gamma),
                            .beta = floats(beta),
                            .style = reinterpret_cast<const float*>(binding.inputs[2]),
                            .residual = binding.inputs[1],
                            .y = binding.outputs[0],
                            .workspace = binding.workspace};
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
