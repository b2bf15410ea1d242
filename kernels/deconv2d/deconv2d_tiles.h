// What a block of v3 is made of: tiles of x and w on their way through a ring of stages (stage_rows.h), the steps of
// its sum, the positions that it makes, and the end of a sum.
#pragma once

#include "kernels/common/stage_rows.h"
#include "kernels/common/warp_sums.h"
#include "kernels/deconv2d/deconv2d_phases.h"

namespace impasto::IMPASTO_TARGET {

inline constexpr int kPositions = 128;
inline constexpr int kPhases = 4;

template <int channels>
struct Stage {
  StageRow x[kPositions];
  StageRow w[kPhases][channels];
};

// Phase (i, j) and its r x s taps; none if it is past the last one.
struct Phase {
  int i, j;
  int r, s;
};
[[nodiscard]] __device__ inline Phase find_phase(const Deconv2dProblem& d, int f) {
  const int i = f / d.stride;
  const int j = f % d.stride;
  return {i, j, phase_taps(d.r, d.stride, i), phase_taps(d.s, d.stride, j)};
}

// A step of the sum: channels c .. c + 31 of x under tap (a,b) of each phase that has it.
struct Step {
  int a = 0, b = 0, c = 0;

  [[nodiscard]] __device__ bool is_of(const Phase& phase) const { return a < phase.r && b < phase.s; }
  // Rows of `taps_s` taps.
  __device__ void to_next(const Deconv2dProblem& d, int taps_s) {
    c += kRowHalves;
    if (c < d.c) return;
    c = 0;
    if (++b < taps_s) return;
    b = 0;
    ++a;
  }
};

// A position (h, w) of a picture is the stride x stride outputs of full, one a phase, whose tap (0,0) comes from
// x[h,w]. Of an output axis: how many positions it touches, from crop / stride on.
[[nodiscard]] __host__ __device__ inline int positions(int crop, int out, int stride) {
  return (crop + out - 1) / stride - crop / stride + 1;
}

// Where in x its channels begin, were it inside; where in y those of its phase (0,0) would begin, and a bit for each of
// the block's phases that lies in y.
struct Position {
  int h, w;
  unsigned from;
  int to;
  unsigned inside;
};
// Position m; past the last one, it reads zeros and stores nothing.
[[nodiscard]] __device__ inline Position find_position(const Deconv2dProblem& d, const Phase (&phases)[kPhases],
                                                       int m) {
  const int rows = positions(d.crop_top, d.out_h, d.stride);
  const int columns = positions(d.crop_left, d.out_w, d.stride);
  const int n = m / columns / rows;
  if (n >= d.n) return {-1, 0, 0, 0, 0};
  const int h = d.crop_top / d.stride + m / columns % rows;
  const int w = d.crop_left / d.stride + m % columns;
  const int p = h * d.stride - d.crop_top;
  const int q = w * d.stride - d.crop_left;
  unsigned inside = 0;
  for (int f = 0; f < kPhases; ++f) {
    const bool row = phases[f].i < d.stride && p + phases[f].i >= 0 && p + phases[f].i < d.out_h;
    if (row && q + phases[f].j >= 0 && q + phases[f].j < d.out_w) inside |= 1U << f;
  }
  return {h, w, ((static_cast<unsigned>(n) * d.h + h) * d.w + w) * d.c, ((n * d.out_h + p) * d.out_w + q) * d.k,
          inside};
}

// Eight channels of y from their sums.
__device__ inline void store8(Activation activation, float (&sum)[8], const float (&bias)[8], half* y) {
  for (int n = 0; n < 8; ++n) sum[n] += bias[n];
  if (activation != Activation::none) {  // asked once for the eight
    for (float& v : sum) v = activate(activation, v);
  }
  Half8 out;
  for (int n = 0; n < 8; ++n) out.v[n] = from_float<half>(sum[n]);
  *reinterpret_cast<Half8*>(y) = out;
}

}  // namespace impasto::IMPASTO_TARGET
