// matte_feather: three box filters across, then three down, each of half-width l = radius / 3: samples at distance d
// count clip(l + 1 - |d|, 0, 1), divided by their sum; beyond the picture its edge is repeated, in each pass. So a box
// has 2 reach + 1 whole samples, reach = floor(l), and one more at each end that counts a fraction.
//
// Between passes values are whole multiples of 2^-24, sums 64-bit integers: they are exact in any order, and what is 0
// or 1 further than `radius` from any other value stays exactly so.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct MatteFeatherProblem {
  int h = 1, w = 1;
  float radius = 0;  // more than six times the larger of h and w, or 48000, counts as that
  int n = 1;         // maps, one behind the other, each by itself
};

struct MatteFeatherArgs {
  const float* x = nullptr;  // values are clipped to 0..1
  float* y = nullptr;
  void* workspace = nullptr;
};

using MatteFeatherRung = Rung<MatteFeatherProblem, MatteFeatherArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MatteFeatherRung> matte_feather_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MatteFeatherRung& choose_matte_feather(const MatteFeatherProblem& problem);

// The definition of correct, in double, of one map. Returns y.
[[nodiscard]] std::vector<double> matte_feather_reference(const MatteFeatherProblem& problem,
                                                          std::span<const double> x);

// The rungs. Both take every problem, both throw if x has 2^31 elements or more, and give the same bits.
[[nodiscard]] std::size_t matte_feather_workspace(const MatteFeatherProblem& problem);  // two of whole numbers a map
void matte_feather_v1_launch(const MatteFeatherProblem& problem, const MatteFeatherArgs& args, Stream stream);
void matte_feather_v2_launch(const MatteFeatherProblem& problem, const MatteFeatherArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
