// The list of nets: what --list-models prints, what the converter checks files against, what benches run alone.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// Built by hand, one row a net (nets/registry.cpp); functions live in the net's own file pair.
struct Net {
  enum class Kind { style, matte };
  std::string_view name;     // "multistyle"
  std::string_view summary;  // one line for --list-models
  std::string_view source;   // paper and origin of weights
  Kind kind;
  int min_size;          // least height and width; smaller frames are extended by their edge
  int fixed_h, fixed_w;  // input size of nets that have one (matte nets), else 0
  std::vector<WeightSpec> (*weight_table)();
  // Appends the net. `rgb` is [1,H,W,3] u8 (any H,W >= min_size, or fixed_h x fixed_w). Style nets give [1,>=H,>=W,3]
  // f32 whose top left H x W is the picture; matte nets give [1,fixed_h,fixed_w,1] f32 in 0..1. `style` is [1,1,1,26]
  // f32 for nets that blend styles, else kAbsent.
  TensorId (*append)(Graph&, TensorId rgb, TensorId style, const Weights&);
  int styles;          // number of styles that `style` mixes; 0 if the net has one style
  float output_scale;  // output * output_scale is 0..255
  bool truncate;       // its own rule for uint8: truncation (true) or rounding
};

[[nodiscard]] std::span<const Net> nets();
// Throws a usage Error that lists the names.
[[nodiscard]] const Net& find_net(std::string_view name);
// The net alone, for benches and --graph: input "rgb" (and "style"), one output.
[[nodiscard]] Graph build_net(const Net& net, const Weights& weights, int height, int width, Precision precision);

}  // namespace impasto
