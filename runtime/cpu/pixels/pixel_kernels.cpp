#include "runtime/cpu/pixels/pixel_kernels.h"

#include "runtime/cpu/pixels/matte.h"
#include "runtime/cpu/pixels/planes.h"
#include "runtime/cpu/pixels/resize.h"

#include <variant>

namespace impasto {

std::unique_ptr<Kernel> make_pixel_kernel(const Graph& graph, const Node& node) {
  if (std::holds_alternative<MatteThreshold>(node.op)) return pixels::make_matte_threshold(graph, node);
  if (std::holds_alternative<ToRgb>(node.op)) return pixels::make_to_rgb(graph, node);
  if (std::holds_alternative<ConvertPlanes>(node.op)) return pixels::make_convert_planes(graph, node);
  if (std::holds_alternative<MatteToPlanes>(node.op)) return pixels::make_matte_to_planes(graph, node);
  if (std::holds_alternative<Composite>(node.op)) return pixels::make_composite(graph, node);
  if (std::holds_alternative<Resize>(node.op)) return pixels::make_resize(graph, node);
  if (std::holds_alternative<Pad>(node.op)) return pixels::make_pad(graph, node);
  if (std::holds_alternative<GuidedFilter>(node.op)) return pixels::make_guided_filter(graph, node);
  if (std::holds_alternative<MatteFeather>(node.op)) return pixels::make_matte_feather(graph, node);
  return nullptr;
}

}  // namespace impasto
