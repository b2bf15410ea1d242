// The list of nets: what --list-models prints, what the converter checks files against, what benches run alone.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// The shape, in our layout, of the tensor that a file has for our name; none if it has none.
using ShapeOf = std::function<std::optional<std::vector<std::int64_t>>(std::string_view name)>;

// Built by hand, one row a net (nets/registry.cpp); functions live in the net's own file pair.
struct Net {
  enum class Kind { style, matte, face, predictor };
  std::string_view name;     // "multistyle"
  std::string_view summary;  // one line for --list-models
  std::string_view source;   // paper and origin of weights
  Kind kind;
  int min_size;                               // least height and width; smaller frames are extended by their edge
  int fixed_h, fixed_w;                       // input size of nets that have one, else 0
  std::vector<WeightSpec> (*weight_table)();  // at full width, where widths differ from file to file
  // The table of a net whose widths are those of the file, which may be any; nullptr for nets of fixed shapes.
  std::vector<WeightSpec> (*table_of)(const ShapeOf&);
  // Appends the net. `rgb` is [1,H,W,3] u8 (any H,W >= min_size, or fixed_h x fixed_w); for matte nets of no fixed size
  // it may be f32 in 0..255. Style nets give [1,>=H,>=W,3] f32 whose top left H x W is the picture; matte nets give
  // [1,H,W,1] f32 in 0..1; a predictor gives [1,1,1,C], and the face net what face.h says. `side` is the net's other
  // input, if it has one: the style [1,1,1,styles] f32 (shares of the net's own, or a predictor's numbers), or the face
  // [1,1,1,8] f32 (portrait_fcn.h); else kAbsent.
  TensorId (*append)(Graph&, TensorId rgb, TensorId side, const Weights&);
  int styles;               // numbers that choose its style; 0 if it has but one
  bool face;                // it wants to know where the face is
  float output_scale;       // output * output_scale is 0..255
  bool truncate;            // its own rule for uint8: truncation (true) or rounding
  int border = 0;           // of style nets: pixels, in fours, from the edge to where its padding is hardly felt
  bool pads_zeros = false;  // it pads with zeros, which show as a rim; else by reflection
  bool fp16 = false;        // its results keep the limits of the goldens (tests/golden) in fp16,
  bool bf16 = false;        // and in bf16; else it runs in fp32 there
};

[[nodiscard]] std::span<const Net> nets();
// Throws a usage Error that lists the names.
[[nodiscard]] const Net& find_net(std::string_view name);
[[nodiscard]] ShapeOf shapes_in(const Weights& weights);
// The net's table for a file that has these shapes: what of it does not fit is then found by comparing with the file.
[[nodiscard]] std::vector<WeightSpec> weight_table(const Net& net, const ShapeOf& shape_of);
// What a net runs in where `chosen` is what nets run in: that, or fp32 where it would not keep its limits.
[[nodiscard]] Precision precision_of(const Net& net, Precision chosen);
// The net alone, for benches and --graph: input "rgb" (and "style" or "face"), one output.
[[nodiscard]] Graph build_net(const Net& net, const Weights& weights, int height, int width, Precision precision);

}  // namespace impasto
