#include "runtime/cpu/pixels/pixel_kernels.h"

#include "runtime/cpu/pixels/matte.h"

#include <variant>

namespace impasto {

std::unique_ptr<Kernel> make_pixel_kernel(const Graph& graph, const Node& node) {
  if (std::holds_alternative<MatteThreshold>(node.op)) return pixels::make_matte_threshold(graph, node);
  return nullptr;
}

}  // namespace impasto
