// The cpu device's kernels for pictures: colour, matte, composite, and the resizes and pads of pictures. docs/frame.md
// has the formulas. Rows run in parallel (OpenMP); the instruction set is chosen at run time (Highway).
#pragma once

#include "runtime/backend.h"
#include "runtime/graph.h"

#include <memory>

namespace impasto {

// The kernel of a node of `graph`, or nullptr if its op is none of to_rgb, convert_planes, guided_filter,
// matte_threshold, matte_feather, matte_to_planes, composite, pad, and resize of mode area, bilinear_shiftless or (f32
// and u8) bilinear. All tensors lie dense in NHWC. run() writes every output element, allocates nothing, and gives the
// same bytes for any number of threads; the workspace is for omp_get_max_threads() at the time of this call.
[[nodiscard]] std::unique_ptr<Kernel> make_pixel_kernel(const Graph& graph, const Node& node);

}  // namespace impasto
