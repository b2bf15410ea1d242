// Which tensors lie how: with borders and in blocks where convolutions gain from it.
#pragma once

#include "runtime/graph.h"
#include "runtime/rows/layout.h"

#include <vector>

namespace impasto::cpu {

[[nodiscard]] Border border_of(const Conv2d& op);
// The border that the node's kernel wants around its first input; empty if it does without.
[[nodiscard]] Border wanted_border(const Node& node);

// Tensors between kernels that can read and write blocks are blocked where a Winograd convolution is among them.
// A tensor that convolutions read with one and the same border gets it, if whoever writes it and all who read it are
// kernels that know borders. Everything else is dense NHWC.
[[nodiscard]] std::vector<Layout> choose_layouts(const Graph& graph);

// Whether a node with so many input channels gains from being a Winograd convolution.
[[nodiscard]] bool fits_winograd(const Node& node, int channels);

}  // namespace impasto::cpu
