#include "kernels/portrait_input/portrait_input.h"

#include "runtime/kernel/kernels.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PortraitInput& op) {
  const Shape picture = build.in(node).shape;
  PortraitInputProblem problem{.h = picture.h,
                               .w = picture.w,
                               .scale = op.scale,
                               .centre_x = op.centre_x,
                               .centre_y = op.centre_y,
                               .reach = kFaceReach,
                               .float_rgb = build.in(node).dtype == DType::f32,
                               .storage = storage_of(build.out(node).dtype)};
  std::copy(op.mean.begin(), op.mean.end(), problem.mean);
  static_assert(sizeof(FacePlace) == kFaceShape.c * sizeof(float));
  const WeightView& mask = node.weights[0];
  if (has_input(node, 1)) {
    problem.mask_h = static_cast<int>(mask.shape[0]);
    problem.mask_w = static_cast<int>(mask.shape[1]);
  }
  auto bind = [mask = uploaded(build.device, mask)](const Binding& binding) {
    return PortraitInputArgs{.rgb = binding.inputs[0],
                             .face = reinterpret_cast<const FacePlace*>(binding.inputs[1]),
                             .mask = floats(mask),
                             .y = binding.outputs[0]};
  };
  const PortraitInputRung& rung = pick(build, node, portrait_input_rungs(), choose_portrait_input(problem), problem);
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
