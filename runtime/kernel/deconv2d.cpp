#include "kernels/deconv2d/deconv2d.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Deconv2d& op) {
  const Shape x = build.in(node).shape;
  const Deconv2dProblem problem{.n = x.n,
                                .h = x.h,
                                .w = x.w,
                                .c = x.c,
                                .k = op.k,
                                .r = op.r,
                                .s = op.s,
                                .stride = op.stride,
                                .crop_top = op.crop_top,
                                .crop_left = op.crop_left,
                                .out_h = op.out_h,
                                .out_w = op.out_w,
                                .activation = kernel_activation(op.activation),
                                .storage = storage_of(build.in(node).dtype)};
  const Deconv2dRung& rung = pick(build, node, deconv2d_rungs(), choose_deconv2d(problem), problem);
  std::vector<std::byte> packed(deconv2d_weight_bytes(problem));
  rung.pack_weights(problem, to_floats(node.weights[0]).data(), packed.data());
  auto bind = [weights = uploaded(build.device, packed),
               bias = uploaded(build.device, node.weights[1])](const Binding& binding) {
    return Deconv2dArgs{
        .x = binding.inputs[0], .weights = weights->data(), .bias = floats(bias), .y = binding.outputs[0]};
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
