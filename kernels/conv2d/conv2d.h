// conv2d: y[n,p,q,k] = activation(scale * sum_rsc x[n, p*stride - pad_top + r, q*stride - pad_left + s, c] * w[k,c,r,s]
//                                 + bias[k] + residual[n,p,q,k])
// with c over the channels of k's group. Activations NHWC; all sums in float.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/norm.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct Conv2dProblem {
  int n = 1, h = 1, w = 1, c = 1;
  int k = 1, r = 1, s = 1;
  int stride = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  PadMode pad_mode = PadMode::zero;
  int groups = 1;
  int upsample = 1;  // 1 or 2: x is enlarged so much by repetition (nearest neighbour) before the filter
  Activation activation = Activation::none;
  bool moments_out = false;        // args.moments: of y, for the normalisation that follows
  float scale = 1;                 // of the sum, not of the stored weights: 1/255 of a weight may be subnormal as half
  Storage storage = Storage::f32;  // of x, weights, residual and y
  bool u8_input = false;           // x is bytes whatever the storage

  [[nodiscard]] __host__ __device__ int p() const { return (h * upsample + pad_top + pad_bottom - r) / stride + 1; }
  [[nodiscard]] __host__ __device__ int q() const { return (w * upsample + pad_left + pad_right - s) / stride + 1; }
  // The row, or column, of x that a filter tap at `position` of the enlarged x reads; -1 for a zero.
  [[nodiscard]] __host__ __device__ int source_row(int position) const {
    return padded_index(position, h * upsample, pad_mode) >> (upsample - 1);
  }
  [[nodiscard]] __host__ __device__ int source_column(int position) const {
    return padded_index(position, w * upsample, pad_mode) >> (upsample - 1);
  }
  // Without what only some rungs can do.
  [[nodiscard]] bool plain() const { return !moments_out && !u8_input; }
  [[nodiscard]] __host__ __device__ int group_c() const { return c / groups; }
  [[nodiscard]] __host__ __device__ int group_k() const { return k / groups; }
};

// The pixels of a part of y whose moments come in one piece.
inline constexpr int kConv2dPartPixels = 64;

// Device pointers; tensors of the problem's storage (x perhaps of bytes), bias in float.
struct Conv2dArgs {
  const void* x = nullptr;
  const void* weights = nullptr;   // as the rung packed them
  const float* bias = nullptr;     // or none
  const void* residual = nullptr;  // or none
  void* y = nullptr;
  Moments* moments = nullptr;  // of parts of kConv2dPartPixels, if moments_out (norm.h); of y's values as stored
  void* workspace = nullptr;
};

struct Conv2dRung {
  std::string_view name;
  bool (*supports)(const Conv2dProblem&);
  // Bytes of packed weights, and packing them on the host from float K,C/groups,R,S.
  std::size_t (*weight_bytes)(const Conv2dProblem&);
  void (*pack_weights)(const Conv2dProblem&, const float* kcrs, std::byte* packed);
  std::size_t (*workspace_bytes)(const Conv2dProblem&);
  // Throws std::runtime_error if a tensor has more elements than 32-bit indices reach.
  void (*launch)(const Conv2dProblem&, const Conv2dArgs&, Stream);
};

// Every rung, slowest first.
[[nodiscard]] std::span<const Conv2dRung> conv2d_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const Conv2dRung& choose_conv2d(const Conv2dProblem& problem);

// For launchers: throws if x, w or y has 2^31 elements or more.
void require_32_bit_indices(const Conv2dProblem& problem);

// The definition of correct, in double: x NHWC, weights KCRS; bias and residual may be empty. Returns y.
[[nodiscard]] std::vector<double> conv2d_reference(const Conv2dProblem& problem, std::span<const float> x,
                                                   std::span<const float> kcrs, std::span<const float> bias,
                                                   std::span<const float> residual);

// The rungs: conv2d_v1_naive.cu and its neighbours. v1 takes every plain problem; v1 to v6 pack weights as v1 does,
// KRSC.
[[nodiscard]] bool conv2d_v1_supports(const Conv2dProblem& problem);
[[nodiscard]] std::size_t conv2d_v1_weight_bytes(const Conv2dProblem& problem);
void conv2d_v1_pack_weights(const Conv2dProblem& problem, const float* kcrs, std::byte* packed);
void conv2d_v1_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_v2_supports(const Conv2dProblem& problem);
void conv2d_v2_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_v3_supports(const Conv2dProblem& problem);
void conv2d_v3_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_v4_supports(const Conv2dProblem& problem);
void conv2d_v4_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_v5_supports(const Conv2dProblem& problem);
void conv2d_v5_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_v6_supports(const Conv2dProblem& problem);
void conv2d_v6_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
// For few channels, for a filter a channel, and for few pixels.
[[nodiscard]] bool conv2d_depthwise_supports(const Conv2dProblem& problem);
void conv2d_depthwise_pack_weights(const Conv2dProblem& problem, const float* kcrs, std::byte* packed);
void conv2d_depthwise_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_rgb_out_supports(const Conv2dProblem& problem);
[[nodiscard]] std::size_t conv2d_rgb_out_weight_bytes(const Conv2dProblem& problem);
void conv2d_rgb_out_pack_weights(const Conv2dProblem& problem, const float* kcrs, std::byte* packed);
void conv2d_rgb_out_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_rgb_in_supports(const Conv2dProblem& problem);
[[nodiscard]] std::size_t conv2d_rgb_in_weight_bytes(const Conv2dProblem& problem);
void conv2d_rgb_in_pack_weights(const Conv2dProblem& problem, const float* kcrs, std::byte* packed);
void conv2d_rgb_in_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);
[[nodiscard]] bool conv2d_pointwise_supports(const Conv2dProblem& problem);
void conv2d_pointwise_launch(const Conv2dProblem& problem, const Conv2dArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
