// guided_filter: a matte p, small, follows the edges of a picture I (He, Sun, Tang, "Guided image filtering", TPAMI
// 2013, eq. 19 to 21). About each pixel k of the small size, in the window of (2 radius + 1)^2 pixels clipped at the
// border:
//   a_k = (Sigma_k + eps U)^-1 cov_k(I, p),   b_k = mean_k(p) - a_k . mean_k(I)
// with Sigma_k the 3x3 covariance of I; then the means of a, b over the windows that cover a pixel; these are enlarged
// to the picture's size (bilinear, half-pixel centres, clamped: the "fast guided filter", arXiv:1505.00996), and
//   y = clip(a . I + b, 0, 1).
// Covariances are sums of products of differences from the window's mean.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct GuidedFilterProblem {
  int h = 1, w = 1;            // of the matte and of the small guide
  int full_h = 1, full_w = 1;  // of the guide and of y
  int radius = 2;              // at most the larger of h and w
  float eps = 3e-3F;           // of a guide in units of 1
};

struct GuidedFilterArgs {
  const float* matte = nullptr;          // [h,w]
  const float* guide_small = nullptr;    // [h,w,3], 0..255: the guide at the matte's size
  const unsigned char* guide = nullptr;  // [full_h,full_w,3]
  float* y = nullptr;                    // [full_h,full_w]
  void* workspace = nullptr;             // at a multiple of 16 bytes
};

using GuidedFilterRung = Rung<GuidedFilterProblem, GuidedFilterArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const GuidedFilterRung> guided_filter_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const GuidedFilterRung& choose_guided_filter(const GuidedFilterProblem& problem);

// For launchers: throws if the guide or the workspace has 2^31 elements or more, or positions overflow.
void require_32_bit_indices(const GuidedFilterProblem& problem);

// The definition of correct, in double. Returns y.
[[nodiscard]] std::vector<double> guided_filter_reference(const GuidedFilterProblem& problem,
                                                          std::span<const double> matte,
                                                          std::span<const double> guide_small,
                                                          std::span<const double> guide);

// The rungs. v1 and v2 take every problem.
[[nodiscard]] std::size_t guided_filter_v1_workspace(const GuidedFilterProblem& problem);
void guided_filter_v1_launch(const GuidedFilterProblem& problem, const GuidedFilterArgs& args, Stream stream);
[[nodiscard]] std::size_t guided_filter_v2_workspace(const GuidedFilterProblem& problem);
void guided_filter_v2_launch(const GuidedFilterProblem& problem, const GuidedFilterArgs& args, Stream stream);
[[nodiscard]] bool guided_filter_v3_supports(const GuidedFilterProblem& problem);
void guided_filter_v3_launch(const GuidedFilterProblem& problem, const GuidedFilterArgs& args, Stream stream);

// Stages that the next rung keeps: v1's last one, and all but v2's last one, which returns the coefficients.
void guided_filter_v1_apply(const GuidedFilterProblem& problem, const GuidedFilterArgs& args, const float* coefficients,
                            Stream stream);
[[nodiscard]] const float* guided_filter_v2_coefficients(const GuidedFilterProblem& problem,
                                                         const GuidedFilterArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
