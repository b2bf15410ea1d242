#include "kernels/blend/blend.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

static_assert(kBlendCell == kStillnessCell);

// The last run's picture is input 1 and the output, one state.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Blend& op) {
  const Shape painted = build.in(node).shape, stillness = build.in(node, 2).shape;
  if (node.inputs[1] != node.outputs[0]) fail("{}: the last picture and the output must be one state", node.name);
  const BlendProblem problem{
      .h = painted.h, .w = painted.w, .rows = stillness.h, .columns = stillness.w, .share = op.share};
  const BlendRung& rung = pick(build, node, blend_rungs(), choose_blend(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return BlendArgs{.x = reinterpret_cast<const float*>(binding.inputs[0]),
                     .stillness = reinterpret_cast<const float*>(binding.inputs[2]),
                     .moment = reinterpret_cast<const float*>(binding.inputs[3]) + kMomentPainted,
                     .y = reinterpret_cast<float*>(binding.outputs[0])};
  });
}

}  // namespace impasto::IMPASTO_TARGET
