// What every rung of instance_norm does with a channel's moments and with a value.
#pragma once

#include "kernels/instance_norm/instance_norm.h"

namespace impasto::IMPASTO_TARGET {

// From the moments of all pixels of a channel.
[[nodiscard]] __device__ inline NormTerms norm_terms(const InstanceNormProblem& d, int c, Moments all,
                                                     const NormParameters& from) {
  float g = from.gamma_bias == nullptr ? 0.0F : from.gamma_bias[c];
  float b = from.beta_bias == nullptr ? 0.0F : from.beta_bias[c];
  if (d.styles == 0) {
    g += from.gamma[c];
    b += from.beta[c];
  }
  for (int s = 0; s < d.styles; ++s) {
    g += from.style[s] * from.gamma[s * d.c + c];
    b += from.style[s] * from.beta[s * d.c + c];
  }
  return {all.mean, g / sqrtf(all.m2 / static_cast<float>(d.pixels()) + d.eps), b};
}

// y[i], from x[i] of the channel that the terms are of.
template <typename T, typename Y>
__device__ inline void store_y(const InstanceNormProblem& d, const NormTerms& terms, int i, const T* x,
                               const T* residual, Y* y) {
  float value = activate(d.activation, normalise(terms, to_float(x[i]))) * d.out_scale + d.out_offset;
  if (residual != nullptr) value += to_float(residual[i]);
  y[i] = from_float<Y>(value);
}

}  // namespace impasto::IMPASTO_TARGET
