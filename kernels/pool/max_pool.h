// max_pool: y[n,p,q,c] = the largest x[n,h,w,c] of the window h = p stride - pad .. + R - 1, w = q stride - pad ..
// + S - 1, as far as it lies in the picture; a NaN in it is the largest. P = (H + 2 pad - R) / stride + 1, rounded
// down, or up with `ceil_mode`: then windows may reach over the bottom and the right edge, but none may begin beyond
// picture and pad (Caffe's and PyTorch's rule). NHWC.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct MaxPoolProblem {
  int n = 1, h = 1, w = 1, c = 1;
  int r = 2, s = 2;
  int stride = 2;
  int pad = 0;  // at most half of r and of s, so that every window has a pixel
  bool ceil_mode = false;
  Storage storage = Storage::f32;

  [[nodiscard]] __host__ __device__ int p() const { return outputs(h, r); }
  [[nodiscard]] __host__ __device__ int q() const { return outputs(w, s); }

 private:
  [[nodiscard]] __host__ __device__ int outputs(int extent, int window) const {
    const int room = extent + 2 * pad - window;
    if (!ceil_mode) return room / stride + 1;
    const int count = (room + stride - 1) / stride + 1;
    return (count - 1) * stride >= extent + pad ? count - 1 : count;
  }
};

// Device pointers.
struct MaxPoolArgs {
  const void* x = nullptr;
  void* y = nullptr;
};

using MaxPoolRung = Rung<MaxPoolProblem, MaxPoolArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const MaxPoolRung> max_pool_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const MaxPoolRung& choose_max_pool(const MaxPoolProblem& problem);

// For launchers: throws if x or y has 2^31 elements or more.
void require_32_bit_indices(const MaxPoolProblem& problem);

// The definition of correct; exact.
[[nodiscard]] std::vector<double> max_pool_reference(const MaxPoolProblem& problem, std::span<const float> x);

// The rungs: max_pool_v1_naive.cu and its neighbour. v1 takes every problem.
void max_pool_v1_launch(const MaxPoolProblem& problem, const MaxPoolArgs& args, Stream stream);
[[nodiscard]] bool max_pool_v2_supports(const MaxPoolProblem& problem);
void max_pool_v2_launch(const MaxPoolProblem& problem, const MaxPoolArgs& args, Stream stream);

// ---- What both rungs share --------------------------------------------------------------------------------------

// The part of an output's window that lies in the picture: rows top .. bottom - 1, columns left .. right - 1. It is
// never empty.
struct Window {
  int top, bottom, left, right;
};
[[nodiscard]] __host__ __device__ inline Window window(const MaxPoolProblem& d, int p, int q) {
  const int top = p * d.stride - d.pad;
  const int left = q * d.stride - d.pad;
  return {top < 0 ? 0 : top, top + d.r < d.h ? top + d.r : d.h, left < 0 ? 0 : left,
          left + d.s < d.w ? left + d.s : d.w};
}

// The larger one; NaN if either is.
[[nodiscard]] __device__ inline float larger(float a, float b) {
  return b > a || b != b ? b : a;
}

}  // namespace impasto::IMPASTO_TARGET
