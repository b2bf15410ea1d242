// deconv2d, the transposed convolution: every input pixel lays its filter, times its values, over the output.
//   full[n, stride*h + r, stride*w + s, k] += x[n,h,w,c] * w[c,k,r,s]
//   y[n,p,q,k] = activation(full[n, p + crop_top, q + crop_left, k] + bias[k])
// Activations NHWC; all sums in float.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace impasto::IMPASTO_TARGET {

// The output, out_h x out_w from (crop_top, crop_left), lies inside full, which has (H - 1) stride + R rows, columns
// alike.
struct Deconv2dProblem {
  int n = 1, h = 1, w = 1, c = 1;
  int k = 1, r = 1, s = 1;
  int stride = 1;
  int crop_top = 0, crop_left = 0;
  int out_h = 1, out_w = 1;
  Activation activation = Activation::none;
  Storage storage = Storage::f32;  // of x, weights and y
};

// Device pointers; tensors of the problem's storage, bias in float.
struct Deconv2dArgs {
  const void* x = nullptr;
  const void* weights = nullptr;  // as the rung packed them
  const float* bias = nullptr;    // or none
  void* y = nullptr;
};

struct Deconv2dRung : Rung<Deconv2dProblem, Deconv2dArgs> {
  // Packs the weights on the host from float C,K,R,S; into deconv2d_weight_bytes(problem).
  void (*pack_weights)(const Deconv2dProblem&, const float* ckrs, std::byte* packed);
};

// Every rung, slowest first.
[[nodiscard]] std::span<const Deconv2dRung> deconv2d_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const Deconv2dRung& choose_deconv2d(const Deconv2dProblem& problem);
// Of packed weights, in every rung.
[[nodiscard]] std::size_t deconv2d_weight_bytes(const Deconv2dProblem& problem);

// For launchers: throws if x, w or y has 2^31 elements or more.
void require_32_bit_indices(const Deconv2dProblem& problem);

// The definition of correct, in double: x NHWC, weights CKRS; bias may be empty. Returns y.
[[nodiscard]] std::vector<double> deconv2d_reference(const Deconv2dProblem& problem, std::span<const float> x,
                                                     std::span<const float> ckrs, std::span<const float> bias);

// The rungs: deconv2d_v1_naive.cu and its neighbours. v1 and v2 take every problem.
void deconv2d_v1_pack_weights(const Deconv2dProblem& problem, const float* ckrs, std::byte* packed);
void deconv2d_v1_launch(const Deconv2dProblem& problem, const Deconv2dArgs& args, Stream stream);
void deconv2d_v2_pack_weights(const Deconv2dProblem& problem, const float* ckrs, std::byte* packed);
void deconv2d_v2_launch(const Deconv2dProblem& problem, const Deconv2dArgs& args, Stream stream);
[[nodiscard]] bool deconv2d_v3_supports(const Deconv2dProblem& problem);
void deconv2d_v3_pack_weights(const Deconv2dProblem& problem, const float* ckrs, std::byte* packed);
void deconv2d_v3_launch(const Deconv2dProblem& problem, const Deconv2dArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
