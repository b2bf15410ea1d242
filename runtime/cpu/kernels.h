// The kernels that oneDNN runs: what they are made from, and their makers.
#pragma once

#include "runtime/error.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/kernels.h"

#include <dnnl.hpp>
#include <memory>

namespace impasto::cpu {

struct DnnlBuild : Build {
  dnnl::engine engine;
  dnnl::stream stream;
};

// Whether oneDNN may use this instruction set, or one that includes it.
[[nodiscard]] inline bool has_isa(dnnl::cpu_isa isa) {
  const auto has = static_cast<unsigned>(dnnl::get_effective_cpu_isa());  // a set of bits
  return (has & static_cast<unsigned>(isa)) == static_cast<unsigned>(isa);
}

// conv.cpp, deconv.cpp, pool.cpp.
std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Conv2d& op);
std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Deconv2d& op);
std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const MaxPool& op);

// Of an op that only fuse() makes, for devices that fuse.
template <typename Op>
std::unique_ptr<Kernel> make_kernel(const Build& /*build*/, const Node& node, const Op& op) {
  fail("{}: op {} has no kernel on cpu", node.name, op_name(op));
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

}  // namespace impasto::cpu
