#include "kernels/sweep/sweep.h"

#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

// The memory is input 2 and output 1, one state.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Sweep& op) {
  const Shape cells = build.in(node).shape;
  if (node.inputs[2] != node.outputs[1]) fail("{}: the memory must be one state", node.name);
  const SweepProblem problem{.rows = cells.h, .columns = cells.w};
  const SweepRung& rung = pick(build, node, sweep_rungs(), choose_sweep(problem), problem);
  return rung_kernel(build, node, rung, problem, [op](const Binding& binding) {
    return SweepArgs{.still = reinterpret_cast<const float*>(binding.inputs[0]),
                     .colours = reinterpret_cast<const float*>(binding.inputs[1]),
                     .continues = reinterpret_cast<const float*>(binding.inputs[3]) + op.continues,
                     .memory = reinterpret_cast<float*>(binding.outputs[1]),
                     .y = reinterpret_cast<float*>(binding.outputs[0]),
                     .workspace = binding.workspace};
  });
}

}  // namespace impasto::IMPASTO_TARGET
