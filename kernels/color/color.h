// color: planes of one format to planes of another, by way of R,G,B at full resolution:
//   rgb[y,x]  = rgb_from (samples of `from` at pixel y,x; chroma interpolated, down first, then across)
//   to[p,j,i] = round(to_samples row of plane p, of rgb[y,x]; chroma: of the mean of rgb over its footprint)
// Nothing is clipped on the way. A matte is a plane of floats whose `rgb_from` multiplies by 255. Formats that differ
// only in depth, range and where they store Cb and Cr are converted in parts: grey, and pictures of chroma. Formulas:
// docs/frame.md, "Colour".
#pragma once

#include "kernels/common/planes.h"

#include <span>
#include <string_view>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct ColorProblem {
  int h = 1, w = 1;  // of the picture
  PlaneFormat from{}, to{};
  Affine rgb_from{};    // samples of `from` to R,G,B in 0..255
  Affine to_samples{};  // R,G,B to samples of `to`
};

// Device pointers: as many as the formats have planes.
struct ColorArgs {
  const void* from[3] = {};
  void* to[3] = {};
};

using ColorRung = Rung<ColorProblem, ColorArgs>;

// Every rung, slowest first; and the one that the product runs.
[[nodiscard]] std::span<const ColorRung> color_rungs();
[[nodiscard]] const ColorRung& choose_color(const ColorProblem& problem);

// The definition of correct, in double, from planes of samples: the planes' values before they are clipped and rounded.
[[nodiscard]] std::vector<std::vector<double>> color_reference(const ColorProblem& problem,
                                                               std::span<const std::vector<float>> from);

// The rungs: color_v1_naive.cu and its neighbour.
void color_v1_launch(const ColorProblem& problem, const ColorArgs& args, Stream stream);
[[nodiscard]] bool color_v2_supports(const ColorProblem& problem);
void color_v2_launch(const ColorProblem& problem, const ColorArgs& args, Stream stream);

// For launchers: throws if a picture has 2^31 samples or more.
void require_32_bit_indices(const ColorProblem& problem);

}  // namespace impasto::IMPASTO_TARGET
