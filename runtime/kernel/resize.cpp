#include "kernels/resize/resize.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

namespace {

ResizeMode kernel_mode(const Node& node, Resize::Mode mode) {
  switch (mode) {
    case Resize::Mode::nearest:
      return ResizeMode::nearest;
    case Resize::Mode::bilinear:
      return ResizeMode::bilinear;
    case Resize::Mode::bilinear_shiftless:
      return ResizeMode::bilinear_shiftless;
    case Resize::Mode::area:
      return ResizeMode::area;
  }
  fail("{}: unknown mode", node.name);
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Resize& op) {
  const TensorInfo& x = build.in(node);
  if (op.mode == Resize::Mode::bilinear) static_cast<void>(storage_of(x.dtype));  // no bf16
  const ResizeProblem problem{.n = x.shape.n,
                              .h = x.shape.h,
                              .w = x.shape.w,
                              .c = x.shape.c,
                              .p = op.h,
                              .q = op.w,
                              .mode = kernel_mode(node, op.mode),
                              .letterbox = op.letterbox,
                              .value_bytes = static_cast<int>(size_of(x.dtype))};
  const ResizeRung& rung = pick(build, node, resize_rungs(), choose_resize(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return ResizeArgs{.x = binding.inputs[0], .y = binding.outputs[0]};
  });
}

}  // namespace impasto::IMPASTO_TARGET
