// What the cpu device's kernels are made from, and their makers: one for each op.
#pragma once

#include "runtime/backend.h"
#include "runtime/cpu/layout.h"
#include "runtime/error.h"

#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace impasto::cpu {

// A graph while its kernels are made.
struct Build {
  const std::vector<Layout>& layouts;  // by TensorId
  dnnl::engine engine;
  dnnl::stream stream;
  int threads;

  [[nodiscard]] const Layout& in(const Node& node, std::size_t i = 0) const {
    return layouts[static_cast<std::size_t>(node.inputs[i])];
  }
  [[nodiscard]] const Layout& out(const Node& node) const {
    return layouts[static_cast<std::size_t>(node.outputs.front())];
  }
};

[[nodiscard]] inline bool has_input(const Node& node, std::size_t i) {
  return i < node.inputs.size() && node.inputs[i] != kAbsent;
}

// Whether oneDNN may use this instruction set, or one that includes it.
[[nodiscard]] inline bool has_isa(dnnl::cpu_isa isa) {
  const auto has = static_cast<unsigned>(dnnl::get_effective_cpu_isa());  // a set of bits
  return (has & static_cast<unsigned>(isa)) == static_cast<unsigned>(isa);
}

// The kernel of a node whose op is `op`. Ops of the nets: conv.cpp, deconv.cpp, norm.cpp, pool.cpp, maps.cpp,
// portrait_input.cpp, inspect.cpp.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Conv2d& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Deconv2d& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MaxPool& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Softmax& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PortraitInput& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Inspect& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Resize& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Pad& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Convert& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Add& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Gate& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Store& op);
// Ops of the frame: pixels/. docs/frame.md has the formulas. The same bytes for any number of threads.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ToRgb& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Stillness& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Sweep& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Blend& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ConvertPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GuidedFilter& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteThreshold& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteComponents& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteGrow& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteFeather& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteToPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Composite& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PreserveColour& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const BlurBehind& op);

// Of an op that only fuse() makes, for devices that fuse.
template <typename Op>
std::unique_ptr<Kernel> make_kernel(const Build& /*build*/, const Node& node, const Op& op) {
  fail("{}: op {} has no kernel on cpu", node.name, op_name(op));
}

// The resizes of pictures (pixels/resize.cpp).
std::unique_ptr<Kernel> make_area(const Build& build, const Node& node);
std::unique_ptr<Kernel> make_shiftless(const Build& build, const Node& node, bool letterbox);

// A kernel that is a function of the binding.
template <typename Run>
class FunctionKernel final : public Kernel {
 public:
  FunctionKernel(std::string name, Run run, std::size_t workspace_bytes)
      : name_(std::move(name)), run_(std::move(run)), workspace_bytes_(workspace_bytes) {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return workspace_bytes_; }
  void run(const Binding& binding) override { run_(binding); }

 private:
  std::string name_;
  Run run_;
  std::size_t workspace_bytes_;
};
template <typename Run>
std::unique_ptr<Kernel> kernel_of(std::string name, Run run, std::size_t workspace_bytes = 0) {
  return std::make_unique<FunctionKernel<Run>>(std::move(name), std::move(run), workspace_bytes);
}

// Wide filters with few outputs leave most of a vector of output channels empty. They run as an R x 1 convolution with
// S * K outputs, one for each column of the filter, which are then summed along the row.
[[nodiscard]] bool sums_columns(const Node& node);

// Filter taps that one output phase of a transposed convolution sees: ceil(R / stride) x ceil(S / stride).
struct PhaseTaps {
  int r, s;
};
[[nodiscard]] constexpr PhaseTaps phase_taps(const Deconv2d& op) {
  return {(op.r + op.stride - 1) / op.stride, (op.s + op.stride - 1) / op.stride};
}

// Calls body(n, y) for each row of each picture, in parallel where there is enough to do. The split depends on the
// number of threads, the results must not.
template <typename Body>
void for_rows(const Shape& shape, const Body& body) {
  const std::int64_t rows = std::int64_t{shape.n} * shape.h;
#pragma omp parallel for schedule(static) if (shape.count() > 16384)
  for (std::int64_t i = 0; i < rows; ++i) body(static_cast<int>(i / shape.h), static_cast<int>(i % shape.h));
}

[[nodiscard]] constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace impasto::cpu
