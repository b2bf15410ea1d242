#include "kernels/matte/blur_behind.h"
#include "kernels/matte/guided_filter.h"
#include "kernels/matte/matte_feather.h"
#include "kernels/matte/matte_grow.h"
#include "kernels/matte/matte_threshold.h"
#include "kernels/matte_smooth/matte_smooth.h"
#include "runtime/kernel/kernels.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

float* floats(std::byte* data) {
  return reinterpret_cast<float*>(data);
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GuidedFilter& op) {
  const Shape small = build.in(node).shape;
  const Shape full = build.out(node).shape;
  const GuidedFilterProblem problem{.h = small.h,
                                    .w = small.w,
                                    .full_h = full.h,
                                    .full_w = full.w,
                                    .radius = std::min(op.radius, std::max(small.h, small.w)),
                                    .eps = op.eps};
  const auto bind = [](const Binding& binding) {
    return GuidedFilterArgs{.matte = floats(binding.inputs[0]),
                            .guide_small = floats(binding.inputs[1]),
                            .guide = reinterpret_cast<const unsigned char*>(binding.inputs[2]),
                            .y = floats(binding.outputs[0]),
                            .workspace = binding.workspace};
  };
  const GuidedFilterRung& rung = pick(build, node, guided_filter_rungs(), choose_guided_filter(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op) {
  const Shape m = build.in(node).shape;
  const MatteSmoothProblem problem{.h = m.h,
                                   .w = m.w,
                                   .frame_h = op.frame_h,
                                   .frame_w = op.frame_w,
                                   .cell = kStillnessCell,
                                   .strength = op.strength};
  const auto bind = [](const Binding& binding) {
    const auto input = [&](std::size_t i) { return floats(binding.inputs[i]); };
    return MatteSmoothArgs{.before = input(0),
                           .now = input(1),
                           .after = input(2),
                           .still_before = input(3),
                           .still_after = input(4),
                           .moment = input(5),
                           .y = floats(binding.outputs[0])};
  };
  const MatteSmoothRung& rung = pick(build, node, matte_smooth_rungs(), choose_matte_smooth(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteThreshold& op) {
  const Shape x = build.in(node).shape;
  const MatteThresholdProblem problem{.h = x.h, .w = x.w, .threshold = op.threshold, .softness = op.softness};
  const auto bind = [](const Binding& binding) {
    return MatteThresholdArgs{.x = floats(binding.inputs[0]), .y = floats(binding.outputs[0])};
  };
  const MatteThresholdRung& rung = pick(build, node, matte_threshold_rungs(), choose_matte_threshold(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteGrow& op) {
  const Shape x = build.in(node).shape;
  const MatteGrowProblem problem{.h = x.h, .w = x.w, .radius = op.radius};
  const auto bind = [](const Binding& binding) {
    return MatteGrowArgs{
        .x = floats(binding.inputs[0]), .y = floats(binding.outputs[0]), .workspace = binding.workspace};
  };
  const MatteGrowRung& rung = pick(build, node, matte_grow_rungs(), choose_matte_grow(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteFeather& op) {
  const Shape x = build.in(node).shape;
  const MatteFeatherProblem problem{.h = x.h, .w = x.w, .radius = op.radius};
  const auto bind = [](const Binding& binding) {
    return MatteFeatherArgs{
        .x = floats(binding.inputs[0]), .y = floats(binding.outputs[0]), .workspace = binding.workspace};
  };
  const MatteFeatherRung& rung = pick(build, node, matte_feather_rungs(), choose_matte_feather(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const BlurBehind& op) {
  const Shape x = build.in(node).shape;
  const BlurBehindProblem problem{.h = x.h, .w = x.w, .radius = op.radius};
  const auto bind = [](const Binding& binding) {
    return BlurBehindArgs{.picture = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]),
                          .matte = floats(binding.inputs[1]),
                          .y = reinterpret_cast<std::uint8_t*>(binding.outputs[0]),
                          .workspace = binding.workspace};
  };
  const BlurBehindRung& rung = pick(build, node, blur_behind_rungs(), choose_blur_behind(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

}  // namespace impasto::IMPASTO_TARGET
