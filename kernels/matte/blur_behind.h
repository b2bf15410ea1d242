// blur_behind: a picture F blurred, with the person left out: what stands behind them. With m the matte (1 = person),
// B the three boxes each way of matte_feather, and a weight v for each pixel,
//   v = (1 - m + kLeast) / (1 + kLeast)        y = B(v F) / B(v), rounded
// so colours of the person do not run into what surrounds them. kLeast is what the person counts all the same: where no
// background is near it is all there is, and y is the plain blur; where there is some, the person's part in y is
// kLeast over the share of background within the blur.
#pragma once

#include "kernels/matte/matte_feather.h"

#include <cstdint>

namespace impasto::IMPASTO_TARGET {

inline constexpr float kLeastWeight = 1.0F / 256;  // exact, as is 1 + kLeastWeight

struct BlurBehindProblem {
  int h = 1, w = 1;
  float radius = 0;  // as matte_feather's

  // The blur of v R / 255, v G / 255, v B / 255 and v, four maps one behind the other.
  [[nodiscard]] MatteFeatherProblem feather() const { return {.h = h, .w = w, .radius = radius, .n = 4}; }
};

// Device pointers.
struct BlurBehindArgs {
  const std::uint8_t* picture = nullptr;  // [H,W,3]
  const float* matte = nullptr;           // [H,W]
  std::uint8_t* y = nullptr;              // [H,W,3]
  void* workspace = nullptr;
};

using BlurBehindRung = Rung<BlurBehindProblem, BlurBehindArgs>;

// Every rung, slowest first; and the one that the product runs.
[[nodiscard]] std::span<const BlurBehindRung> blur_behind_rungs();
[[nodiscard]] const BlurBehindRung& choose_blur_behind(const BlurBehindProblem& problem);

// The definition of correct, in double: the values before they are rounded.
[[nodiscard]] std::vector<double> blur_behind_reference(const BlurBehindProblem& problem,
                                                        std::span<const double> picture, std::span<const double> matte);

// The rungs. Both take every problem, throw if the four maps have 2^31 elements or more, and give the same bits.
[[nodiscard]] std::size_t blur_behind_workspace(const BlurBehindProblem& problem);
void blur_behind_v1_launch(const BlurBehindProblem& problem, const BlurBehindArgs& args, Stream stream);
void blur_behind_v2_launch(const BlurBehindProblem& problem, const BlurBehindArgs& args, Stream stream);

// ---- For the rungs ----

// Appends the launches that make the four maps, blurs them with `feather`, and makes the picture of them.
void launch_blur_behind(const BlurBehindProblem& problem, const BlurBehindArgs& args, Stream stream,
                        void (*feather)(const MatteFeatherProblem&, const MatteFeatherArgs&, Stream));

}  // namespace impasto::IMPASTO_TARGET
