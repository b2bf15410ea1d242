#include "kernels/composite/composite.h"

#include "runtime/kernel/kernels.h"
#include "runtime/kernel/planes.h"

namespace impasto::IMPASTO_TARGET {

namespace {

Behind kernel_behind(Composite::Behind behind) {
  if (behind == Composite::Behind::colour) return Behind::colour;
  return behind == Composite::Behind::picture ? Behind::picture : Behind::frame;
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Composite& op) {
  const Shape size = build.in(node, 3).shape;
  CompositeProblem problem{.h = size.h,
                           .w = size.w,
                           .painted_w = has_input(node, 1) ? build.in(node, 1).shape.w : size.w,
                           .format = kernel_format(op.format),
                           .to_samples = kernel_affine(samples_from_rgb(op.format)),
                           .paint_inside = op.paint_inside,
                           .paint_outside = op.paint_outside,
                           .behind = kernel_behind(op.behind),
                           .painted_scale = op.painted_scale,
                           .truncate = op.truncate};
  std::copy(op.colour.begin(), op.colour.end(), problem.colour);
  const CompositeRung& rung = pick(build, node, composite_rungs(), choose_composite(problem), problem);
  auto bind = [planes = op.format.plane_count()](const Binding& binding) {
    CompositeArgs args{.matte = reinterpret_cast<const float*>(binding.inputs[0]),
                       .painted = reinterpret_cast<const float*>(binding.inputs[1]),
                       .picture = reinterpret_cast<const std::uint8_t*>(binding.inputs[2])};
    for (int i = 0; i < planes; ++i) {
      args.frame[i] = binding.inputs[3 + i];
      args.out[i] = binding.outputs[i];
    }
    return args;
  };
  return rung_kernel(build, node, rung, problem, std::move(bind));
}

}  // namespace impasto::IMPASTO_TARGET
