// What the cpu device's kernels are made from, and their makers: one for each op of the nets.
#pragma once

#include "runtime/backend.h"
#include "runtime/cpu/layout.h"

#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <vector>

namespace impasto::cpu {

// A graph while its kernels are made.
struct Build {
  const Graph& graph;
  const std::vector<Layout>& layouts;
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

[[nodiscard]] std::unique_ptr<Kernel> make_conv(const Build& build, const Node& node, const Conv2d& op);
[[nodiscard]] std::unique_ptr<Kernel> make_deconv(const Build& build, const Node& node, const Deconv2d& op);
[[nodiscard]] std::unique_ptr<Kernel> make_instance_norm(const Build& build, const Node& node, const InstanceNorm& op);
[[nodiscard]] std::unique_ptr<Kernel> make_global_average(const Build& build, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_nearest(const Build& build, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_bilinear(const Build& build, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_convert(const Build& build, const Node& node, const Convert& op);
[[nodiscard]] std::unique_ptr<Kernel> make_add(const Build& build, const Node& node, const Add& op);
[[nodiscard]] std::unique_ptr<Kernel> make_gate(const Build& build, const Node& node);

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
