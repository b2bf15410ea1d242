// preserve_colour: the light and dark of a painted picture S in the colours of the frame F. With the luma
// Y(C) = kr R + (1 - kr - kb) G + kb B, and c = F - Y(F), which is what F has of Cb and Cr:
//   out = Y + t c        Y = Y(S)        t = min(1, the largest t with 0 <= Y + t c <= 255 for R, G and B)
// S is clipped to 0..255 first. So the luma is that of the paint always and the hue that of the frame; where no colour
// has both at the frame's saturation, saturation gives way. docs/frame.md, "The style".
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct PreserveColourProblem {
  int h = 1, w = 1;
  int painted_w = 1;  // pixels in a row of the painted picture, at least w
  float scale = 1;    // painted * scale is 0..255
  float kr = 0.2126F, kb = 0.0722F;
};

// Device pointers.
struct PreserveColourArgs {
  const float* painted = nullptr;       // [>=H,painted_w,3]
  const std::uint8_t* frame = nullptr;  // [H,W,3]
  float* y = nullptr;                   // [H,W,3], 0..255
};

using PreserveColourRung = Rung<PreserveColourProblem, PreserveColourArgs>;

// Every rung, slowest first; and the one that the product runs.
[[nodiscard]] std::span<const PreserveColourRung> preserve_colour_rungs();
[[nodiscard]] const PreserveColourRung& choose_preserve_colour(const PreserveColourProblem& problem);

// The definition of correct, in double. Returns y.
[[nodiscard]] std::vector<double> preserve_colour_reference(const PreserveColourProblem& problem,
                                                            std::span<const float> painted,
                                                            std::span<const float> frame);

// The rungs. Both take every problem.
void preserve_colour_v1_launch(const PreserveColourProblem& problem, const PreserveColourArgs& args, Stream stream);
void preserve_colour_v2_launch(const PreserveColourProblem& problem, const PreserveColourArgs& args, Stream stream);

// For launchers: throws if a picture has 2^31 samples or more.
void require_32_bit_indices(const PreserveColourProblem& problem);

// ---- For the rungs ----

struct Colour {
  float r, g, b;
};

[[nodiscard]] __device__ inline float luma(const PreserveColourProblem& d, const Colour& c) {
  return d.kr * c.r + (1 - d.kr - d.kb) * c.g + d.kb * c.b;
}
// How far from luma y one may go by c, in units of c, before 0 or 255 is met.
[[nodiscard]] __device__ inline float room(float y, float c) {
  if (c > 0) return (255 - y) / c;
  return c < 0 ? y / -c : 1;
}
[[nodiscard]] __device__ inline Colour recoloured(const PreserveColourProblem& d, Colour painted, Colour frame) {
  const auto clipped = [&](float value) { return fminf(fmaxf(value * d.scale, 0.0F), 255.0F); };  // NaN is 0
  const float y = luma(d, {clipped(painted.r), clipped(painted.g), clipped(painted.b)});
  const float dark = luma(d, frame);
  const Colour c{frame.r - dark, frame.g - dark, frame.b - dark};
  const float t = fminf(fminf(room(y, c.r), room(y, c.g)), fminf(room(y, c.b), 1.0F));
  return {y + t * c.r, y + t * c.g, y + t * c.b};
}

}  // namespace impasto::IMPASTO_TARGET
