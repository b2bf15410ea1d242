#include "nets/paint.h"

#include <algorithm>
#include <cstdint>

namespace impasto {
namespace {

// Sides that nets of two strides of 2 keep as they are.
constexpr int kWhole = 4;

int to_whole(int side) {
  return (side + kWhole - 1) / kWhole * kWhole;
}

// The frame at the net's size, in f32; enlarged, in the net's own type, which is exact for 0..255.
TensorId resized(Graph& graph, TensorId rgb, const Extent& from, const Extent& to) {
  if (to == from) return rgb;
  if (to.h <= from.h && to.w <= from.w) return graph.append("reduce", Resize{Resize::Mode::area, to.h, to.w}, {rgb});
  const TensorId x = graph.append("convert", Convert{}, {rgb});
  return graph.append("enlarge", Resize{Resize::Mode::bilinear, to.h, to.w}, {x});
}

// Back to the frame's size. A pixel between four others says little of a region that is more than twice as large: then
// by halves first, each pixel the mean of four.
TensorId resized_back(Graph& graph, TensorId x, Extent from, const Extent& to) {
  for (from = {from.h / 2, from.w / 2}; from.h > to.h && from.w > to.w; from = {from.h / 2, from.w / 2}) {
    x = graph.append("halve." + std::to_string(from.w), Resize{Resize::Mode::bilinear, from.h, from.w}, {x});
  }
  return graph.append("resize_back", Resize{Resize::Mode::bilinear, to.h, to.w}, {x});
}

// What is added to the frame on each side before it is painted.
Pad extension(const Net& net, bool extended, const Extent& size) {
  Pad pad{.mode = Pad::Mode::edge,
          .bottom = std::max(net.min_size - size.h, 0),
          .right = std::max(net.min_size - size.w, 0)};
  if (!extended) return pad;
  pad.top = pad.left = net.border;
  pad.bottom = to_whole(net.border + size.h + net.border) - size.h - pad.top;
  pad.right = to_whole(net.border + size.w + net.border) - size.w - pad.left;
  if (pad.bottom < size.h && pad.right < size.w) pad.mode = Pad::Mode::reflect;
  return pad;
}

}  // namespace

Extent scaled_to(const Extent& size, int longest) {
  const std::int64_t longer = std::max(size.h, size.w);
  const auto scaled = [&](std::int64_t side) {
    return std::max(1, static_cast<int>((2 * side * longest + longer) / (2 * longer)));
  };
  return {scaled(size.h), scaled(size.w)};
}

Paint append_paint(Graph& graph, const std::string& prefix, const PaintSpec& spec, TensorId rgb, TensorId style) {
  const Net& net = spec.net;
  const Shape shape = graph.tensor(rgb).shape;
  const Extent frame{shape.h, shape.w};
  const Extent size = spec.size > 0 ? scaled_to(frame, spec.size) : frame;
  const bool extended =
      net.border > 0 && (spec.border == Border::automatic ? net.pads_zeros : spec.border == Border::extend);

  graph.scope(prefix, spec.precision);
  TensorId x = resized(graph, rgb, frame, size);
  const DType dtype = graph.tensor(x).dtype;
  const TensorId seen = dtype == DType::u8 || dtype == DType::f32 ? x : rgb;
  if (dtype == DType::f32 && graph.act() != DType::f32) x = graph.append("convert", Convert{}, {x});
  const Pad pad = extension(net, extended, size);
  if (pad.top > 0 || pad.left > 0 || pad.bottom > 0 || pad.right > 0) x = graph.append("extend", pad, {x});
  const TensorId made = x = net.append(graph, x, style, spec.weights);

  graph.scope(prefix, Precision::fp32);
  const Shape out = graph.tensor(x).shape;
  if (extended || (size != frame && (out.h != size.h || out.w != size.w))) {
    const Pad cut{
        .top = -pad.top, .left = -pad.left, .bottom = size.h - (out.h - pad.top), .right = size.w - (out.w - pad.left)};
    x = graph.append("cut", cut, {x});
  }
  Paint paint{.picture = x, .scale = net.output_scale, .of_net = size == frame, .seen = seen, .made = made};
  if (size != frame) paint.picture = resized_back(graph, x, size, frame);
  if (spec.preserve_colour) {
    const PreserveColour op{
        .painted_scale = paint.scale, .kr = static_cast<float>(spec.kr), .kb = static_cast<float>(spec.kb)};
    paint.picture = graph.append("preserve_colour", op, {paint.picture, rgb});
    paint.scale = 1;
    paint.of_net = false;
  }
  return paint;
}

}  // namespace impasto
