#include "kernels/conv2d/conv2d.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Conv2d& op) {
  const Shape x = build.in(node).shape;
  const Conv2dProblem problem{.n = x.n,
                              .h = x.h,
                              .w = x.w,
                              .c = x.c,
                              .k = op.k,
                              .r = op.r,
                              .s = op.s,
                              .stride = op.stride,
                              .pad_top = op.pad_top,
                              .pad_left = op.pad_left,
                              .pad_bottom = op.pad_bottom,
                              .pad_right = op.pad_right,
                              .pad_mode = kernel_pad_mode(op.pad_mode),
                              .groups = op.groups,
                              .activation = kernel_activation(op.activation),
                              .scale = op.weight_scale,
                              .storage = storage_of(build.out(node).dtype),
                              .u8_input = build.in(node).dtype == DType::u8};
  const Conv2dRung& rung = pick(build, node, conv2d_rungs(), choose_conv2d(problem), problem);
  std::vector<std::byte> packed(rung.weight_bytes(problem));
  rung.pack_weights(problem, to_floats(node.weights[0]).data(), packed.data());
  auto bind = [weights = uploaded(build.device, packed),
               bias = uploaded(build.device, node.weights[1])](const Binding& binding) {
    return Conv2dArgs{.x = binding.inputs[0],
                      .weights = weights->data(),
                      .bias = floats(bias),
                      .residual = binding.inputs[1],
                      .y = binding.outputs[0],
                      .workspace = binding.workspace};
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
