#include "kernels/inspect/inspect.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Inspect& /*op*/) {
  const TensorInfo& x = build.in(node);
  const InspectProblem problem{.h = x.shape.h, .w = x.shape.w, .c = x.shape.c, .bytes = x.dtype == DType::u8};
  const InspectRung& rung = pick(build, node, inspect_rungs(), choose_inspect(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return InspectArgs{
        .x = binding.inputs[0], .y = reinterpret_cast<float*>(binding.outputs[0]), .workspace = binding.workspace};
  });
}

}  // namespace impasto::IMPASTO_TARGET
