// Resizes and pads of pictures.
#pragma once

#include "runtime/backend.h"
#include "runtime/graph.h"

#include <memory>
#include <vector>

namespace impasto::pixels {

// Linear interpolation along one axis: out[x] = in[low[x]] + weight[x] (in[high[x]] - in[low[x]]).
struct LinearAxis {
  std::vector<int> low, high;
  std::vector<float> weight;
};

// Half-pixel centres: out x lies at (x + 0.5) in / out - 0.5, clamped at the borders.
[[nodiscard]] LinearAxis linear_axis(int in, int out);

[[nodiscard]] std::unique_ptr<Kernel> make_pad(const Graph& graph, const Node& node);
// nullptr for mode nearest, and for bilinear of 16-bit types.
[[nodiscard]] std::unique_ptr<Kernel> make_resize(const Graph& graph, const Node& node);

}  // namespace impasto::pixels
