// A frame through a style net: brought to the size at which the net works, extended beyond its edges, painted, cut,
// brought back, and given its own colours again, each where it is asked for. docs/frame.md, "The style".
#pragma once

#include "nets/net.h"
#include "runtime/graph.h"

#include <string>

namespace impasto {

// What lies beyond the frame's edges when it is painted. automatic: `extend` for nets that pad with zeros, else `none`.
enum class Border : std::uint8_t { automatic, extend, none };

struct PaintSpec {
  const Net& net;
  const Weights& weights;
  Precision precision = Precision::fp32;
  int size = 0;  // long side at which the net works; 0: the frame's own
  Border border = Border::automatic;
  bool preserve_colour = false;
  double kr = 0, kb = 0;  // of the luma that is painted, where colours are preserved
};

struct Paint {
  TensorId picture = kAbsent;  // [1,>=H,>=W,3] f32, the painted frame at its top left
  float scale = 1;             // picture * scale is 0..255
  bool of_net = true;          // the values are the net's own, so its rule for integers applies
  TensorId seen = kAbsent;     // u8 or f32: what the net sees of the frame
  TensorId made = kAbsent;     // what the net made of it, with what lies beyond its edges
};

// `rgb` is the frame, [1,H,W,3] u8; `style` the net's other input or kAbsent. Names begin with `prefix`.
[[nodiscard]] Paint append_paint(Graph& graph, const std::string& prefix, const PaintSpec& spec, TensorId rgb,
                                 TensorId style);

// height x width so scaled that the longer of them becomes `longest`, neither below 1.
struct Extent {
  int h = 0, w = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};
[[nodiscard]] Extent scaled_to(const Extent& size, int longest);

}  // namespace impasto
