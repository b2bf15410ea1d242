// matte_components: a matte without islands, or without holes. Regions are connected sets of pixels. For islands v is
// the matte and diagonal neighbours are connected; for holes v = 1 - matte and they are not. With the levels
//   1: v > 0    2: v >= 1/8    3: v >= 2/8    4: v >= 3/8    5: v >= 1/2 (holes: v > 1/2)
// a region of level 5 is a core. It is kept if it has at least `need` pixels; holes: if it touches the border.
// A region of level 1 is bad if it holds no kept core, one of the levels above if it holds a core that is not kept and
// none that is. A pixel whose lowest bad region is of level k becomes v = max(k - 2, 0) / 8; all others are copied.
//
// So a blotch by itself is gone, with its soft rim; one that a faint bridge joins to the person sinks to the bridge;
// and no soft edge of what stays is touched.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct MatteComponentsProblem {
  int h = 1, w = 1;
  bool holes = false;
  float min_area = 0;  // share of the picture; islands only
};

struct MatteComponentsArgs {
  const float* x = nullptr;
  float* y = nullptr;
  void* workspace = nullptr;  // at a multiple of 4 bytes
};

using MatteComponentsRung = Rung<MatteComponentsProblem, MatteComponentsArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MatteComponentsRung> matte_components_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MatteComponentsRung& choose_matte_components(const MatteComponentsProblem& problem);

// The definition of correct, of x that floats can be. Returns y.
[[nodiscard]] std::vector<double> matte_components_reference(const MatteComponentsProblem& problem,
                                                             std::span<const double> x);

// The rungs. v1 takes pictures of at most 65536 pixels, the others all; they throw if x has 2^31 elements or more, and
// give the same bits.
[[nodiscard]] std::size_t matte_components_workspace(const MatteComponentsProblem& problem);
void matte_components_v1_launch(const MatteComponentsProblem& problem, const MatteComponentsArgs& args, Stream stream);
void matte_components_v2_launch(const MatteComponentsProblem& problem, const MatteComponentsArgs& args, Stream stream);
void matte_components_v3_launch(const MatteComponentsProblem& problem, const MatteComponentsArgs& args, Stream stream);

// ---- What the rungs and the reference share -------------------------------------------------------------------------

inline constexpr int kComponentLevels = 5;

// The highest level that a pixel belongs to; 0: none.
[[nodiscard]] __host__ __device__ inline int component_level(bool holes, float x) {
  if (holes ? x < 0.5F : x >= 0.5F) return kComponentLevels;
  const float v = holes ? 1.0F - x : x;  // exact where holes have x >= 1/2
  if (!(v > 0)) return 0;
  const int level = 1 + static_cast<int>(8 * v);
  return level < kComponentLevels ? level : kComponentLevels - 1;
}

// What a pixel becomes whose lowest bad region is of this level.
[[nodiscard]] __host__ __device__ inline float sunken_value(bool holes, int level) {
  const float v = level < 2 ? 0.0F : static_cast<float>(level - 2) * 0.125F;
  return holes ? 1.0F - v : v;
}

// Pixels of the smallest core that is kept.
[[nodiscard]] inline double needed_pixels(const MatteComponentsProblem& d) {
  return d.holes ? 1 : std::ceil(static_cast<double>(d.min_area) * d.h * d.w);
}

}  // namespace impasto::IMPASTO_TARGET
