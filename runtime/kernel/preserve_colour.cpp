#include "kernels/preserve_colour/preserve_colour.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PreserveColour& op) {
  const Shape size = build.out(node).shape;
  const PreserveColourProblem problem{.h = size.h,
                                      .w = size.w,
                                      .painted_w = build.in(node).shape.w,
                                      .scale = op.painted_scale,
                                      .kr = op.kr,
                                      .kb = op.kb};
  const auto bind = [](const Binding& binding) {
    return PreserveColourArgs{.painted = reinterpret_cast<const float*>(binding.inputs[0]),
                              .frame = reinterpret_cast<const std::uint8_t*>(binding.inputs[1]),
                              .y = reinterpret_cast<float*>(binding.outputs[0])};
  };
  const PreserveColourRung& rung = pick(build, node, preserve_colour_rungs(), choose_preserve_colour(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

}  // namespace impasto::IMPASTO_TARGET
