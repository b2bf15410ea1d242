// Kernels that work on mattes.
#pragma once

#include "runtime/backend.h"
#include "runtime/graph.h"

#include <memory>

namespace impasto::pixels {

[[nodiscard]] std::unique_ptr<Kernel> make_matte_threshold(const Graph& graph, const Node& node);

}  // namespace impasto::pixels
