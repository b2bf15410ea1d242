// instance_norm: y[n,h,w,c] = activation(gamma[c] * (x[n,h,w,c] - mean[n,c]) / sqrt(variance[n,c] + eps) + beta[c])
//                             * out_scale + out_offset + residual[n,h,w,c]
// with mean and biased variance over the H W pixels of channel c of picture n. Conditional: gamma and beta are [S,C]
// and mixed, gamma[c] = sum over s of style[s] * gamma[s,c] [+ gamma_bias[c]], beta alike. NHWC; all sums in float.
// With a memory (of one picture) mean and variance are smoothed over the frames of a video: those of this frame
// + memory * moment * (those that the last frame was normalised with - those of this frame).
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/norm.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct InstanceNormProblem {
  int n = 1, h = 1, w = 1, c = 1;
  int styles = 0;  // 0: gamma and beta are [C]
  float eps = 1e-5F;
  Activation activation = Activation::none;
  float out_scale = 1, out_offset = 0;
  float memory = 0;
  Storage storage = Storage::f32;  // of x and residual
  bool to_float = false;           // y is float whatever the storage, else of the storage

  [[nodiscard]] __host__ __device__ int pixels() const { return h * w; }
  [[nodiscard]] Storage y_storage() const { return to_float ? Storage::f32 : storage; }
};

// What a channel is brought to. Device pointers.
struct NormParameters {
  const float* gamma = nullptr;  // [C] or [S,C]
  const float* beta = nullptr;
  const float* gamma_bias = nullptr;  // [C], or none
  const float* beta_bias = nullptr;
  const float* style = nullptr;  // [S], or none
};

// What a channel of the last frame was normalised with.
struct alignas(8) NormStatistics {
  float mean, variance;
};
// Device pointers.
struct NormMemory {
  NormStatistics* last = nullptr;  // [C], replaced by this frame's; or none
  const float* moment = nullptr;   // one number: 1, or 0 to forget
};

// Device pointers.
struct InstanceNormArgs {
  const void* x = nullptr;
  NormParameters parameters = {};
  NormMemory memory = {};
  const void* residual = nullptr;  // or none
  void* y = nullptr;
  void* workspace = nullptr;
};

using InstanceNormRung = Rung<InstanceNormProblem, InstanceNormArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const InstanceNormRung> instance_norm_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const InstanceNormRung& choose_instance_norm(const InstanceNormProblem& problem);

// From v2 on a norm is three launches: the moments of parts of x (or whoever makes x brings them), then these two.
//
// The moments of `part_count` parts of `part_pixels` pixels (norm.h) -> terms [N,C], what is left to do for a value:
// activation(normalise(terms, x)), which apply does, or a kernel that reads x and wants it normalised.
struct InstanceNormParts {
  const Moments* moments = nullptr;
  int part_pixels = 1;
  int part_count = 1;  // H W / part_pixels, rounded up
};
void instance_norm_merge(const InstanceNormProblem& problem, const InstanceNormParts& parts,
                         const InstanceNormArgs& args, NormTerms* terms, Stream stream);
// y from x, terms (at an address divisible by 16) and residual.
void instance_norm_apply(const InstanceNormProblem& problem, const NormTerms* terms, const InstanceNormArgs& args,
                         Stream stream);

// For launchers: throws if x has 2^31 elements or more.
void require_32_bit_indices(const InstanceNormProblem& problem);

// The definition of correct, in double: x and residual NHWC, gamma and beta [C] or [S,C]; style, residual and biases
// may be empty. `last`, of a moment 1, is replaced. Returns y.
[[nodiscard]] std::vector<double> instance_norm_reference(const InstanceNormProblem& problem, std::span<const float> x,
                                                          std::span<const float> gamma, std::span<const float> beta,
                                                          std::span<const float> style, std::span<const float> residual,
                                                          std::span<const float> gamma_bias = {},
                                                          std::span<const float> beta_bias = {},
                                                          std::span<NormStatistics> last = {});

// The rungs: instance_norm_v1_naive.cu and its neighbours. v1 takes every problem.
void instance_norm_v1_launch(const InstanceNormProblem& problem, const InstanceNormArgs& args, Stream stream);
[[nodiscard]] std::size_t instance_norm_v2_workspace_bytes(const InstanceNormProblem& problem);
void instance_norm_v2_launch(const InstanceNormProblem& problem, const InstanceNormArgs& args, Stream stream);
void instance_norm_v2_apply(const InstanceNormProblem& problem, const NormTerms* terms, const InstanceNormArgs& args,
                            Stream stream);
[[nodiscard]] bool instance_norm_v3_supports(const InstanceNormProblem& problem);
[[nodiscard]] std::size_t instance_norm_v3_workspace_bytes(const InstanceNormProblem& problem);
void instance_norm_v3_launch(const InstanceNormProblem& problem, const InstanceNormArgs& args, Stream stream);
void instance_norm_v3_apply(const InstanceNormProblem& problem, const NormTerms* terms, const InstanceNormArgs& args,
                            Stream stream);

}  // namespace impasto::IMPASTO_TARGET
