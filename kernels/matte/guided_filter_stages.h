// What the rungs of guided_filter share: from moments to coefficients, and where a pixel lies between coefficients.
// Guides count in 0..255, so eps is multiplied by 255^2. Coefficients are [h,w,4]: a of R, G, B, and b.
#pragma once

#include "kernels/common/vector.h"
#include "kernels/matte/guided_filter.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

using Coefficients = Vector<float, 4>;

// The means of R, G, B and p, and sums of products of differences from them: RR RG RB GG GB BB, Rp Gp Bp.
struct GuideMoments {
  static constexpr int kMeans = 4;
  static constexpr int kProducts = 9;
  float mean[kMeans] = {};
  float product[kProducts] = {};
};

// Adds the products of differences d from the means, each counted `weight` times.
__device__ inline void add_products(GuideMoments& m, const float (&d)[4], float weight) {
  const float r = d[0] * weight, g = d[1] * weight, b = d[2] * weight;
  m.product[0] += r * d[0];
  m.product[1] += r * d[1];
  m.product[2] += r * d[2];
  m.product[3] += g * d[1];
  m.product[4] += g * d[2];
  m.product[5] += b * d[2];
  m.product[6] += r * d[3];
  m.product[7] += g * d[3];
  m.product[8] += b * d[3];
}

__device__ inline void load_pixel(const float* guide_small, const float* matte, int i, float (&value)[4]) {
  for (int k = 0; k < 3; ++k) value[k] = guide_small[3 * i + k];
  value[3] = matte[i];
}

// (19): solves (Sigma + eps U) a = cov by its factors L D L^T, none of whose pivots can be below eps.
[[nodiscard]] __device__ inline Coefficients fit(const GuideMoments& m, float pixels, float eps) {
  const float share = 1.0F / pixels;
  const float rr = m.product[0] * share + eps, rg = m.product[1] * share, rb = m.product[2] * share;
  const float gg = m.product[3] * share + eps, gb = m.product[4] * share, bb = m.product[5] * share + eps;
  const float rp = m.product[6] * share, gp = m.product[7] * share, bp = m.product[8] * share;
  const float l1 = rg / rr, l2 = rb / rr;
  const float pivot1 = fmaxf(gg - l1 * rg, eps);
  const float l3 = (gb - l1 * rb) / pivot1;
  const float pivot2 = fmaxf(bb - l2 * rb - l3 * l3 * pivot1, eps);
  const float z1 = gp - l1 * rp;
  Coefficients c;
  c.v[2] = (bp - l2 * rp - l3 * z1) / pivot2;
  c.v[1] = z1 / pivot1 - l3 * c.v[2];
  c.v[0] = rp / rr - l1 * c.v[1] - l2 * c.v[2];
  c.v[3] = m.mean[3] - (c.v[0] * m.mean[0] + c.v[1] * m.mean[1] + c.v[2] * m.mean[2]);
  return c;
}

// The part of a window of `radius` about `at` that lies within 0..extent-1.
struct Window {
  int first, last;
  [[nodiscard]] __device__ int size() const { return last - first + 1; }
};
[[nodiscard]] __device__ inline Window window(int at, int radius, int extent) {
  return {at < radius ? 0 : at - radius, at + radius < extent ? at + radius : extent - 1};
}

// Output x of `out` lies at (x + 1/2) in / out - 1/2 of `in`, clamped: between low and high, `weight` of the way. In
// whole 1/(2 out), without rounding.
struct Between {
  int low, high;
  float weight;
};
[[nodiscard]] __device__ inline Between between(int x, int in, int out) {
  const int position = (2 * x + 1) * in - out;
  if (position <= 0) return {0, in > 1 ? 1 : 0, 0.0F};
  const int low = position / (2 * out);
  if (low >= in - 1) return {in - 1, in - 1, 0.0F};
  return {low, low + 1, static_cast<float>(position - low * 2 * out) / static_cast<float>(2 * out)};
}

[[nodiscard]] __device__ inline Coefficients mix(const Coefficients& low, const Coefficients& high, float weight) {
  Coefficients c;
  for (int k = 0; k < 4; ++k) c.v[k] = low.v[k] + weight * (high.v[k] - low.v[k]);
  return c;
}

// (20)
[[nodiscard]] __device__ inline float filtered(const Coefficients& c, float r, float g, float b) {
  return fminf(fmaxf(c.v[0] * r + c.v[1] * g + c.v[2] * b + c.v[3], 0.0F), 1.0F);
}

inline constexpr float kEpsUnit = 255.0F * 255.0F;

}  // namespace impasto::IMPASTO_TARGET
