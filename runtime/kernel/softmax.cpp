#include "kernels/softmax/softmax.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Softmax& op) {
  const TensorInfo& x = build.in(node);
  const SoftmaxProblem problem{.n = x.shape.n,
                               .h = x.shape.h,
                               .w = x.shape.w,
                               .c = x.shape.c,
                               .channel = op.channel,
                               .storage = storage_of(x.dtype)};
  const SoftmaxRung& rung = pick(build, node, softmax_rungs(), choose_softmax(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return SoftmaxArgs{.x = binding.inputs[0], .y = reinterpret_cast<float*>(binding.outputs[0])};
  });
}

}  // namespace impasto::IMPASTO_TARGET
