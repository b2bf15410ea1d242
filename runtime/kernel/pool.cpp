#include "kernels/pool/global_average.h"
#include "kernels/pool/max_pool.h"
#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MaxPool& op) {
  const Shape x = build.in(node).shape;
  const MaxPoolProblem problem{.n = x.n,
                               .h = x.h,
                               .w = x.w,
                               .c = x.c,
                               .r = op.r,
                               .s = op.s,
                               .stride = op.stride,
                               .pad = op.pad,
                               .ceil_mode = op.ceil_mode,
                               .storage = storage_of(build.in(node).dtype)};
  const MaxPoolRung& rung = pick(build, node, max_pool_rungs(), choose_max_pool(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return MaxPoolArgs{.x = binding.inputs[0], .y = binding.outputs[0]};
  });
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& /*op*/) {
  const Shape x = build.in(node).shape;
  const GlobalAverageProblem problem{
      .n = x.n, .h = x.h, .w = x.w, .c = x.c, .storage = storage_of(build.in(node).dtype)};
  const GlobalAverageRung& rung = pick(build, node, global_average_rungs(), choose_global_average(problem), problem);
  return rung_kernel(build, node, rung, problem, [](const Binding& binding) {
    return GlobalAverageArgs{.x = binding.inputs[0], .y = binding.outputs[0], .workspace = binding.workspace};
  });
}

}  // namespace impasto::IMPASTO_TARGET
