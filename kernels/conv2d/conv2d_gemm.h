// Convolution as a matrix product, for the rungs from v2 on:
//   y[m,k] = sum over e of x[m,e] * w[k,e]     m = (n P + p) Q + q, an output pixel     e = (r S + s) C + c, a tap
// x[m,e] is the input value under tap e of the filter laid at pixel m: that matrix is never stored, its index is
// computed ("implicit"). w[k,e] is KRSC as it lies in memory. Here: those indices, the end of a sum, the packed
// weights.
#pragma once

#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

// Where the filter lies for an output pixel: the first row of its picture, and row and column of the filter's corner.
struct FilterPlace {
  int first_row, h, w;
};

[[nodiscard]] __device__ inline int output_pixels(const Conv2dProblem& d) {
  return d.n * d.p() * d.q();
}
[[nodiscard]] __device__ inline int taps(const Conv2dProblem& d) {
  return d.r * d.s * d.c;
}

// A pixel past the last one is taken for the last.
[[nodiscard]] __device__ inline FilterPlace filter_place(const Conv2dProblem& d, int m) {
  const int last = output_pixels(d) - 1;
  const int pixel = m < last ? m : last;
  const int row = pixel / d.q();
  return {row / d.p() * d.h, row % d.p() * d.stride - d.pad_top, pixel % d.q() * d.stride - d.pad_left};
}

// Where in x the channels under tap (r, s) begin; -1 for zeros.
[[nodiscard]] __device__ inline int x_index(const Conv2dProblem& d, const FilterPlace& place, int r, int s) {
  const int h = d.source_row(place.h + r);
  const int w = d.source_column(place.w + s);
  return h < 0 || w < 0 ? -1 : ((place.first_row + h) * d.w + w) * d.c;
}

// x[m,e] for rungs that load value by value; r, s, c of tap e, zero from the last tap on.
struct Tap {
  int r, s, c;
};
[[nodiscard]] __device__ inline Tap tap(const Conv2dProblem& d, int e) {
  return {e / d.c / d.s, e / d.c % d.s, e % d.c};
}
template <typename T>
[[nodiscard]] __device__ inline T load_x(const Conv2dProblem& d, const T* x, const FilterPlace& place, const Tap& tap) {
  const int i = tap.r < d.r ? x_index(d, place, tap.r, tap.s) : -1;
  return i < 0 ? from_float<T>(0) : x[i + tap.c];
}
// w[k,e], zero outside.
template <typename T>
[[nodiscard]] __device__ inline T load_w(const Conv2dProblem& d, const T* w, int k, int e) {
  return k < d.k && e < taps(d) ? w[k * taps(d) + e] : from_float<T>(0);
}

// The end of the sum of y[m,k]; nothing outside y.
template <typename T>
__device__ inline void store_y(const Conv2dProblem& d, int m, int k, float sum, const float* bias, const T* residual,
                               T* y) {
  if (m >= output_pixels(d) || k >= d.k) return;
  sum *= d.scale;
  if (bias != nullptr) sum += bias[k];
  if (residual != nullptr) sum += to_float(residual[m * d.k + k]);
  y[m * d.k + k] = from_float<T>(activate(d.activation, sum));
}

// y[m, k..k+7] from its sums, inside y. The questions are asked once for the eight.
__device__ inline Half8 finish_8(const Conv2dProblem& d, int m, int k, float (&sum)[8], const float (&bias)[8],
                                 const half* residual) {
  for (int n = 0; n < 8; ++n) sum[n] = sum[n] * d.scale + bias[n];
  if (residual != nullptr) {
    const Half8 other = *reinterpret_cast<const Half8*>(residual + m * d.k + k);
    for (int n = 0; n < 8; ++n) sum[n] += to_float(other.v[n]);
  }
  if (d.activation == Activation::relu) {
    for (float& v : sum) v = activate(Activation::relu, v);
  } else if (d.activation != Activation::none) {
    for (float& v : sum) v = activate(d.activation, v);
  }
  Half8 out;
  for (int n = 0; n < 8; ++n) out.v[n] = from_float<half>(sum[n]);
  return out;
}

// A block's sums on their way out, through shared memory: threads that have made rectangles store rows. Rows are 8
// floats longer than the tile, so that what an mma leaves in the lanes of a warp goes to different banks.
template <int pixels, int channels>
struct Sums {
  float at[pixels][channels + 8];

  // Two neighbouring sums, as an mma leaves them, in one store.
  __device__ void put_pair(int m, int k, float first, float second) {
    *reinterpret_cast<float2*>(&at[m][k]) = {first, second};
  }
};
template <typename T, int pixels, int channels>
__device__ inline void store_tile(const Conv2dProblem& d, int first_m, int first_k, const Sums<pixels, channels>& sums,
                                  const float* bias, const T* residual, T* y) {
  for (int i = static_cast<int>(threadIdx.x); i < pixels * channels; i += static_cast<int>(blockDim.x)) {
    const int m = i / channels;
    const int k = i % channels;
    store_y(d, first_m + m, first_k + k, sums.at[m][k], bias, residual, y);
  }
}

}  // namespace impasto::IMPASTO_TARGET
