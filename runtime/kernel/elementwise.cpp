#include "kernels/elementwise/elementwise.h"

#include "kernels/elementwise/pad.h"
#include "runtime/kernel/kernels.h"

namespace impasto::IMPASTO_TARGET {

namespace {

Element element_of(DType dtype) {
  if (dtype == DType::u8) return Element::u8;
  return storage_of(dtype) == Storage::f32 ? Element::f32 : Element::f16;
}

// y = x, from the type of the node's first input to that of its output.
ElementwiseProblem copy_problem(const Build& build, const Node& node) {
  const Shape x = build.in(node).shape;
  return {.n = x.n,
          .h = x.h,
          .w = x.w,
          .c = x.c,
          .a = element_of(build.in(node).dtype),
          .storage = storage_of(build.out(node).dtype)};
}

// The node's inputs g and b, by their position; -1: none.
std::unique_ptr<Kernel> elementwise_kernel(const Build& build, const Node& node, const ElementwiseProblem& problem,
                                           int g, int b) {
  const auto bind = [g, b](const Binding& binding) {
    const auto input = [&](int i) { return i < 0 ? nullptr : binding.inputs[static_cast<std::size_t>(i)]; };
    return ElementwiseArgs{.a = input(0), .g = input(g), .b = input(b), .y = binding.outputs[0]};
  };
  return rung_kernel(build, node, pick(build, node, elementwise_rungs(), choose_elementwise(problem), problem), problem,
                     bind);
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Convert& op) {
  ElementwiseProblem problem = copy_problem(build, node);
  problem.activation = kernel_activation(op.activation);
  problem.scale = op.scale;
  problem.offset = op.offset;
  return elementwise_kernel(build, node, problem, -1, -1);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Add& op) {
  ElementwiseProblem problem = copy_problem(build, node);
  const auto [top, left] = op.crop.value_or(Add::Offset{});
  problem.activation = kernel_activation(op.activation);
  problem.addend = true;
  problem.b_h = build.in(node, 1).shape.h;
  problem.b_w = build.in(node, 1).shape.w;
  problem.crop_top = top;
  problem.crop_left = left;
  return elementwise_kernel(build, node, problem, -1, 1);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Gate& /*op*/) {
  ElementwiseProblem problem = copy_problem(build, node);
  problem.factor = build.in(node, 1).shape == build.in(node).shape ? Factor::map : Factor::channel;
  problem.addend = has_input(node, 2);
  problem.b_h = problem.h;
  problem.b_w = problem.w;
  return elementwise_kernel(build, node, problem, 1, problem.addend ? 2 : -1);
}

namespace {

std::unique_ptr<Kernel> pad_kernel(const Build& build, const Node& node, const PadProblem& problem) {
  const auto bind = [](const Binding& binding) { return PadArgs{.x = binding.inputs[0], .y = binding.outputs[0]}; };
  return rung_kernel(build, node, pick(build, node, pad_rungs(), choose_pad(problem), problem), problem, bind);
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Pad& op) {
  const TensorInfo& x = build.in(node);
  const PadProblem problem{.n = x.shape.n,
                           .h = x.shape.h,
                           .w = x.shape.w,
                           .c = x.shape.c,
                           .top = op.top,
                           .left = op.left,
                           .bottom = op.bottom,
                           .right = op.right,
                           .mode = op.mode == Pad::Mode::reflect ? PadProblem::Mode::reflect : PadProblem::Mode::edge,
                           .zeros = op.channels,
                           .value_bytes = static_cast<int>(size_of(x.dtype))};
  return pad_kernel(build, node, problem);
}

// A copy is a padding of none.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Store& /*op*/) {
  const TensorInfo& x = build.in(node);
  return pad_kernel(build, node,
                    {.n = x.shape.n,
                     .h = x.shape.h,
                     .w = x.shape.w,
                     .c = x.shape.c,
                     .value_bytes = static_cast<int>(size_of(x.dtype))});
}

}  // namespace impasto::IMPASTO_TARGET
