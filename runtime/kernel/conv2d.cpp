#include "kernels/conv2d/conv2d.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

namespace {

Conv2dProblem problem_of(const TensorInfo& in, const Conv2d& op, Storage storage) {
  const Shape x = in.shape;
  return {.n = x.n,
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
          .upsample = op.upsample,
          .activation = kernel_activation(op.activation),
          .moments_out = op.joined.moments_part != 0,
          .scale = op.weight_scale,
          .storage = storage,
          .u8_input = in.dtype == DType::u8};
}

}  // namespace

bool fuses_conv2d(const TensorInfo& in, const Conv2d& op) {
  return in.dtype != DType::u8 && conv2d_v6_supports(problem_of(in, op, storage_of(in.dtype)));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Conv2d& op) {
  const Conv2dProblem problem = problem_of(build.in(node), op, storage_of(build.out(node).dtype));
  const Conv2dRung& rung = pick(build, node, conv2d_rungs(), choose_conv2d(problem), problem);
  const bool other_parts = problem.moments_out && op.joined.moments_part != kConv2dPartPixels;
  if (!rung.supports(problem) || op.joined.first || other_parts) {
    fail("{}: no rung can fuse this convolution with its neighbours", node.name);
  }
  std::vector<std::byte> packed(rung.weight_bytes(problem));
  rung.pack_weights(problem, to_floats(node.weights[0]).data(), packed.data());
  auto bind = [op, weights = uploaded(build.device, packed),
               bias = uploaded(build.device, node.weights[1])](const Binding& binding) {
    return Conv2dArgs{.x = binding.inputs[0],
                      .weights = weights->data(),
                      .bias = floats(bias),
                      .residual = binding.inputs[1],
                      .y = binding.outputs[0],
                      .moments = op.joined.moments_part != 0 ? reinterpret_cast<Moments*>(binding.outputs[1]) : nullptr,
                      .workspace = binding.workspace};
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
