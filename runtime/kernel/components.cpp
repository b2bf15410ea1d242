#include "kernels/components/matte_components.h"
#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteComponents& op) {
  const Shape x = build.in(node).shape;
  const MatteComponentsProblem problem{
      .h = x.h, .w = x.w, .holes = op.remove == MatteComponents::Remove::holes, .min_area = op.min_area};
  const auto bind = [](const Binding& binding) {
    return MatteComponentsArgs{.x = reinterpret_cast<const float*>(binding.inputs[0]),
                               .y = reinterpret_cast<float*>(binding.outputs[0]),
                               .workspace = binding.workspace};
  };
  const MatteComponentsRung& rung =
      pick(build, node, matte_components_rungs(), choose_matte_components(problem), problem);
  return rung_kernel(build, node, rung, problem, bind);
}

}  // namespace impasto::IMPASTO_TARGET
