// composite: what lies on the frame, by the matte, over the frame, in one pass with the conversion to the output's
// format. With m the matte, F the frame, S the painted picture (0..255, clipped), C what stands behind instead of the
// frame, and T the map from R,G,B to samples:
//   w_S = outside + m (inside - outside)     or, where C stands behind, m inside
//   w_C = 0                                  or, where C stands behind, 1 - m
//   out = round((1 - w) F + w_S T(S) + w_C T(C)),  w = w_S + w_C
// A chroma sample of a subsampled plane takes the means of w and of w_S S + w_C C over its footprint. Where w is 0
// the frame's sample is copied bit for bit, and S is not looked at. Formulas: docs/frame.md, "Layers".
#pragma once

#include "kernels/common/planes.h"

#include <span>
#include <string_view>
#include <vector>

namespace impasto::IMPASTO_TARGET {

enum class Behind { frame, colour, picture };

struct CompositeProblem {
  int h = 1, w = 1;
  int painted_w = 1;  // pixels in a row of the painted picture, at least w
  PlaneFormat format{};
  Affine to_samples{};  // R,G,B in 0..255 to samples
  float paint_inside = 1;
  float paint_outside = 0;
  Behind behind = Behind::frame;
  float colour[3] = {};
  float painted_scale = 1;  // painted * painted_scale is 0..255
  bool truncate = false;    // rounds down
};

// Device pointers.
struct CompositeArgs {
  const float* matte = nullptr;           // [H,W], or none: 1 everywhere
  const float* painted = nullptr;         // [>=H,painted_w,3], or none: no paint
  const std::uint8_t* picture = nullptr;  // [H,W,3], if that is behind
  const void* frame[3] = {};              // planes of the format
  void* out[3] = {};
};

using CompositeRung = Rung<CompositeProblem, CompositeArgs>;

// Every rung, slowest first; and the one that the product runs.
[[nodiscard]] std::span<const CompositeRung> composite_rungs();
[[nodiscard]] const CompositeRung& choose_composite(const CompositeProblem& problem);

// The definition of correct, in double: the planes' values before they are clipped and rounded. Empty where absent.
struct CompositeInputs {
  std::vector<float> matte, painted, picture;
  std::vector<std::vector<float>> frame;
};
[[nodiscard]] std::vector<std::vector<double>> composite_reference(const CompositeProblem& problem,
                                                                   const CompositeInputs& inputs);

// The rungs: composite_v1_naive.cu and its neighbour. All take every problem.
void composite_v1_launch(const CompositeProblem& problem, const CompositeArgs& args, Stream stream);
void composite_v2_launch(const CompositeProblem& problem, const CompositeArgs& args, Stream stream);

// For launchers: throws if a picture has 2^31 samples or more.
void require_32_bit_indices(const CompositeProblem& problem);

// ---- For the rungs ----

// w_S and w_C of a pixel.
struct LayerWeights {
  float paint, behind;
};
[[nodiscard]] __device__ inline LayerWeights layer_weights(const CompositeProblem& d, const CompositeArgs& args,
                                                           float matte) {
  const bool replaced = d.behind != Behind::frame;
  const float outside = replaced ? 0 : d.paint_outside;
  // Without a matte it is 1, and must give `inside` itself.
  const float paint = args.matte == nullptr ? d.paint_inside : outside + matte * (d.paint_inside - outside);
  return {args.painted == nullptr ? 0 : paint, replaced && args.matte != nullptr ? 1 - matte : 0};
}

// Lays a colour on a pixel.
__device__ inline void lay(Layer& layer, float weight, float r, float g, float b) {
  accumulate(layer, weight, {r, g, b, 1});
}
// A value of the painted picture as colour; NaN is 0.
[[nodiscard]] __device__ inline float painted_colour(const CompositeProblem& d, float value) {
  return fminf(fmaxf(value * d.painted_scale, 0.0F), 255.0F);
}

// What lies on one pixel.
[[nodiscard]] __device__ inline Layer pixel_layer(const CompositeProblem& d, const CompositeArgs& args, int y, int x) {
  const int i = y * d.w + x;
  const auto [paint, behind] = layer_weights(d, args, args.matte == nullptr ? 1 : args.matte[i]);
  Layer layer;
  if (paint != 0) {
    const float* p = args.painted + 3 * (y * d.painted_w + x);
    lay(layer, paint, painted_colour(d, p[0]), painted_colour(d, p[1]), painted_colour(d, p[2]));
  }
  if (behind != 0 && d.behind == Behind::colour) lay(layer, behind, d.colour[0], d.colour[1], d.colour[2]);
  if (behind != 0 && d.behind == Behind::picture) {
    const std::uint8_t* p = args.picture + 3 * i;
    lay(layer, behind, static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2]));
  }
  return layer;
}

}  // namespace impasto::IMPASTO_TARGET
