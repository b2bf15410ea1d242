// What every rung of instance_norm does with a channel's moments and with a value.
#pragma once

#include "kernels/instance_norm/instance_norm.h"

namespace impasto::IMPASTO_TARGET {

// What channel c of the last frame was normalised with, if that counts.
[[nodiscard]] __device__ inline NormStatistics last_statistics(const NormMemory& memory, int c) {
  return memory.last == nullptr ? NormStatistics{} : memory.last[c];
}
// From the moments of all pixels of a channel, and last_statistics().
[[nodiscard]] __device__ inline NormStatistics norm_statistics(const InstanceNormProblem& d, Moments all,
                                                               const NormMemory& memory, NormStatistics last) {
  const float variance = all.m2 / static_cast<float>(d.pixels());
  const float share = memory.last == nullptr ? 0.0F : d.memory * *memory.moment;
  if (!(share > 0)) return {all.mean, variance};
  return {all.mean + share * (last.mean - all.mean), variance + share * (last.variance - variance)};
}

[[nodiscard]] __device__ inline NormTerms norm_terms(const InstanceNormProblem& d, int c, NormStatistics of,
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
  return {of.mean, g / sqrtf(of.variance + d.eps), b};
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
