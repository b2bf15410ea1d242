// matte_smooth: mattes [h,w] of the frame before (smoothed already), of this frame and of the one after -> this
// frame's,
//
//   y = (now + p before + q after) / (1 + p + q)
//   p = kBeforeGain strength weight(s, before - now), s how still the picture has stood there since the frame before
//   q = kAfterGain strength weight(s, after - now),   s how still it will stand until the frame after
//   weight(s, d) = s / (1 + (1 - s) (d / kTolerance)^2)
//
// Where the picture stands still (s = 1) whatever the mattes disagree by is flicker and is averaged away; where it
// moves (s = 0) nothing is; where that is unsure, the less the more they disagree. A stillness map has a value for each
// cell of the frame's pixels, and is read bilinearly between the cells' middles. The first two numbers of `moment` say
// whether the frame before is of the same scene, and whether the one after is. Where the frame before is not, p and q
// are 0: a scene begins with the net's own matte. Where the frame after is not, q is.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

// With strength 0.5 the weights are 3 and 1: `before` is an average already, of frames further back, so it counts for
// more than one frame, but not for so much that a matte which really changes comes more than some 3 frames late.
inline constexpr float kBeforeGain = 6, kAfterGain = 2;
inline constexpr float kTolerance = 0.1F;

struct MatteSmoothProblem {
  int h = 1, w = 1;              // of the mattes
  int frame_h = 1, frame_w = 1;  // of the picture that they are of
  int cell = 8;                  // pixels of the picture across and down that a value of stillness is for
  float strength = 0.5F;

  [[nodiscard]] __host__ __device__ int rows() const { return blocks_for(frame_h, cell); }
  [[nodiscard]] __host__ __device__ int columns() const { return blocks_for(frame_w, cell); }
};

// Device pointers. `before` may be y.
struct MatteSmoothArgs {
  const float* before = nullptr;
  const float* now = nullptr;
  const float* after = nullptr;
  const float* still_before = nullptr;  // [rows, columns]
  const float* still_after = nullptr;
  const float* moment = nullptr;
  float* y = nullptr;
};

using MatteSmoothRung = Rung<MatteSmoothProblem, MatteSmoothArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MatteSmoothRung> matte_smooth_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MatteSmoothRung& choose_matte_smooth(const MatteSmoothProblem& problem);

// For launchers: throws if a matte has 2^31 values or more.
void require_32_bit_indices(const MatteSmoothProblem& problem);

// The definition of correct, in double.
struct MatteSmoothInputs {
  std::span<const double> before, now, after, still_before, still_after, moment;
};
[[nodiscard]] std::vector<double> matte_smooth_reference(const MatteSmoothProblem& problem,
                                                         const MatteSmoothInputs& inputs);

// The rungs. Both take every problem.
void matte_smooth_v1_launch(const MatteSmoothProblem& problem, const MatteSmoothArgs& args, Stream stream);
void matte_smooth_v2_launch(const MatteSmoothProblem& problem, const MatteSmoothArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// Where position i of the matte lies between the middles of two cells.
struct BetweenCells {
  int low, high;
  float fraction;  // of the way from low to high

  __device__ BetweenCells(int i, float cells_per_step, int cells) {
    const float last = static_cast<float>(cells - 1);
    const float place = fminf(fmaxf((static_cast<float>(i) + 0.5F) * cells_per_step - 0.5F, 0.0F), last);
    low = static_cast<int>(place);
    high = low + 1 < cells ? low + 1 : low;
    fraction = place - static_cast<float>(low);
  }
};

[[nodiscard]] __device__ inline float still_at(const float* cells, int columns, const BetweenCells& y,
                                               const BetweenCells& x) {
  const float* top = cells + y.low * columns;
  const float* bottom = cells + y.high * columns;
  const float left = top[x.low] + y.fraction * (bottom[x.low] - top[x.low]);
  const float right = top[x.high] + y.fraction * (bottom[x.high] - top[x.high]);
  return left + x.fraction * (right - left);
}

[[nodiscard]] __device__ inline float neighbour_weight(float still, float difference) {
  const float d = difference / kTolerance;
  return still / (1.0F + (1.0F - still) * d * d);
}

// p and q are what the strengths of the neighbours come to. All three of one value give that value.
[[nodiscard]] __device__ inline float smoothed(float before, float now, float after, float p, float q) {
  return (now + p * before + q * after) / (1.0F + p + q);
}

// A problem's numbers as the kernels want them.
struct MatteSmoothing {
  int w, rows, columns;
  float rows_per_step, columns_per_step;
  float before_gain, after_gain;

  explicit MatteSmoothing(const MatteSmoothProblem& problem);

  // y at a pixel.
  [[nodiscard]] __device__ float at(const MatteSmoothArgs& args, int y, int x, float before, float now,
                                    float after) const {
    if (!(args.moment[0] > 0)) return now;
    const BetweenCells down(y, rows_per_step, rows), across(x, columns_per_step, columns);
    const float still_before = still_at(args.still_before, columns, down, across);
    const float p = before_gain * neighbour_weight(still_before, before - now);
    if (!(args.moment[1] > 0)) return smoothed(before, now, after, p, 0.0F);
    const float still_after = still_at(args.still_after, columns, down, across);
    return smoothed(before, now, after, p, after_gain * neighbour_weight(still_after, after - now));
  }
};

}  // namespace impasto::IMPASTO_TARGET
