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

// Where the op enlarges first (deconv.cpp).
std::unique_ptr<Kernel> make_enlarged(const DnnlBuild& build, const Node& node, const Conv2d& op);

// Whether fuse() may make this convolution, whose kernel then works in tiles (rows/tiles.h).
[[nodiscard]] bool fuses(const Graph& graph, const Node& node);
[[nodiscard]] bool in_tiles(const Node& node);

}  // namespace impasto::cpu
