#include "kernels/stillness/stillness.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

static_assert(kCell == kStillnessCell);

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Stillness& op) {
  const Shape frame = build.in(node).shape;
  const StillnessProblem problem{.h = frame.h,
                                 .w = frame.w,
                                 .group_low = op.group_low,
                                 .group_high = op.group_high,
                                 .least_variance = op.least_variance,
                                 .power_low = op.power_low,
                                 .power_high = op.power_high};
  const StillnessRung& rung = pick(build, node, stillness_rungs(), choose_stillness(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return StillnessArgs{.now = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]),
                         .before = reinterpret_cast<const std::uint8_t*>(binding.inputs[1]),
                         .y = reinterpret_cast<float*>(binding.outputs[0])};
  });
}

}  // namespace impasto::IMPASTO_TARGET
