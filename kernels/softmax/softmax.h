// softmax: x [N,H,W,C] -> y [N,H,W,1], float: the probability of one channel k,
//   exp(x[k]) / (sum over c of exp(x[c])) = 1 / (1 + sum over c != k of exp(x[c] - x[k]))
// The second form needs one exponential less, and where one overflows the answer is the right one, 0.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct SoftmaxProblem {
  int n = 1, h = 1, w = 1;
  int c = 2;
  int channel = 1;                 // k
  Storage storage = Storage::f32;  // of x
};

// Device pointers.
struct SoftmaxArgs {
  const void* x = nullptr;
  float* y = nullptr;
};

using SoftmaxRung = Rung<SoftmaxProblem, SoftmaxArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const SoftmaxRung> softmax_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const SoftmaxRung& choose_softmax(const SoftmaxProblem& problem);

// For launchers: throws if x has 2^31 elements or more.
void require_32_bit_indices(const SoftmaxProblem& problem);

// The definition of correct, in double.
[[nodiscard]] std::vector<double> softmax_reference(const SoftmaxProblem& problem, std::span<const float> x);

// The rungs: softmax_v1_naive.cu and its neighbour. v1 takes every problem.
void softmax_v1_launch(const SoftmaxProblem& problem, const SoftmaxArgs& args, Stream stream);
[[nodiscard]] bool softmax_v2_supports(const SoftmaxProblem& problem);
void softmax_v2_launch(const SoftmaxProblem& problem, const SoftmaxArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
