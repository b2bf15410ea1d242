// Kernels that work on mattes: guided filter, threshold, feather.
#pragma once

#include "runtime/backend.h"
#include "runtime/graph.h"

#include <memory>

namespace impasto::pixels {

[[nodiscard]] std::unique_ptr<Kernel> make_guided_filter(const Graph& graph, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_matte_threshold(const Graph& graph, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_matte_feather(const Graph& graph, const Node& node);

}  // namespace impasto::pixels
