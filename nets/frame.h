// The graph of a whole frame: planes in -> RGB -> matte net -> smoothing over time -> guided filter -> threshold ->
// islands, holes -> smoothing again -> growth -> feather -> style net -> composite -> planes out. docs/frame.md has the
// formulas. Apps hold host planes only.
#pragma once

#include "nets/net.h"
#include "nets/paint.h"
#include "runtime/graph.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace impasto {

enum class Apply : std::uint8_t { person, background, frame };
enum class Behind : std::uint8_t { original, styled, colour, picture, blur, other_style };
enum class View : std::uint8_t { comp, matte, styled, side, four_up };

struct FrameSpec {
  int height = 0;
  int width = 0;
  PixelFormat in;
  PixelFormat out;
  const Net* style_net = nullptr;  // nullptr: nothing is painted (strength 0)
  const Weights* style_weights = nullptr;
  const Net* matte_net = nullptr;  // nullptr: the matte is 1 everywhere
  const Weights* matte_weights = nullptr;
  int matte_size = 0;  // longest side at which a matte net of no fixed size works, never scaled up; 0: the frame's
  // A matte of the caller's instead of a net's: planes of this size and format, whose luma, scaled, is taken as it is.
  struct GivenMatte {
    int height = 0, width = 0;
    PixelFormat format;
  };
  std::optional<GivenMatte> given_matte{};
  Precision style_precision = Precision::fp32;
  Precision matte_precision = Precision::fp32;
  float strength = 1;
  Apply apply = Apply::person;
  Behind behind = Behind::original;
  const Net* behind_net = nullptr;  // if behind is other_style; nullptr: the frame as it is (strength 0)
  const Weights* behind_weights = nullptr;
  float behind_strength = 1;
  int style_size = 0;                 // long side at which style nets work; 0: the frame's
  Border border = Border::automatic;  // beyond the frame's edges when it is painted
  bool preserve_colour = false;       // of the paint only the luma counts
  std::array<std::uint8_t, 3> colour{};
  float blur_radius = 0;        // if behind is blur, in pixels; 0: a twentieth of the frame's shorter side
  float matte_smooth = 0;       // of frames that follow each other in time: 0 is off, 1 the most
  bool threshold_matte = true;  // false: no step, the matte is as soft as it comes
  float matte_threshold = 0.5F;
  float matte_softness = 0.5F;
  float matte_min_area = 0.003F;  // share of the picture; smaller islands are removed
  bool matte_fill = true;         // holes in the person
  float matte_grow = 0;           // pixels by which the person is larger, -kMostGrowth..kMostGrowth
  float matte_feather = 0;
  // Of frames that follow each other in time: the share of what was painted last where the picture stands still.
  float steady = 0;
  View view = View::comp;
  bool output_alpha = false;
  bool measure_flicker = false;             // of frames that follow each other in time
  std::optional<PixelFormat> foreground{};  // the person as comp paints them, cut out, in this format
};

// What a net saw and what it made of it, as Inspect tells. Outputs of the graph.
struct Watch {
  std::string net;          // "transform_net (udnie.safetensors)"
  bool matte = false;       // it made a matte, else a picture
  TensorId seen = kAbsent;  // [1,1,C,3] f32
  TensorId made = kAbsent;  // [1,1,1,3], or [1,1,3,3]
  float scale = 1;          // what it made, times this, is 0..1 for a matte, 0..255 for a picture
};

struct FrameGraph {
  Graph graph;
  std::vector<TensorId> in;  // planes of spec.in
  // A run sees the frame in `in` and gives the one of the run before: a matte is smoothed by the one after it.
  bool look_ahead = false;
  // kMomentShape f32, persistent, of the frame that the run gives, zeros where it gives none yet; if the graph looks at
  // more than one.
  TensorId moment = kAbsent;
  TensorId style = kAbsent;                  // [1,1,1,styles] f32, persistent; if the net blends styles
  TensorId behind_style = kAbsent;           // the same of behind_net
  TensorId face = kAbsent;                   // kFaceShape f32, persistent; if the matte net wants to know the face
  int seen_h = 0, seen_w = 0;                // at which the matte net sees the frame, if there is one
  std::vector<TensorId> matte;               // planes of spec.given_matte, if the matte shows
  TensorId picture = kAbsent;                // [1,H,W,3] u8, persistent; if behind is picture
  std::vector<std::vector<TensorId>> tiles;  // planes of spec.out, one set a tile, left to right (1, side 2, 4up 4)
  TensorId alpha = kAbsent;                  // [1,H,W,1] u8 matte, if output_alpha, or if its flicker is measured
  std::vector<TensorId> foreground;          // planes, straight colours, if spec.foreground is given;
  TensorId foreground_alpha = kAbsent;       // and [1,H,W,1] of its depth, the matte
  TensorId stillness = kAbsent;              // since the frame before, as Stillness has it; if flicker is measured
  std::vector<Watch> watches;                // one for each net; a matte's is of the frame in `in`

  // A net's or the caller's, not one that is 1 everywhere.
  [[nodiscard]] bool shows_matte() const { return seen_h > 0 || !matte.empty(); }
};

// Leaves out what does not show: no matte net where nothing depends on the matte, no style net where nothing is
// painted.
[[nodiscard]] FrameGraph build_frame(const FrameSpec& spec);

}  // namespace impasto
