// global_average: y[n,c] = the mean of x[n,h,w,c] over h and w. NHWC; summed in float.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

struct GlobalAverageProblem {
  int n = 1, h = 1, w = 1, c = 1;
  Storage storage = Storage::f32;

  [[nodiscard]] __host__ __device__ int pixels() const { return h * w; }
};

// Device pointers.
struct GlobalAverageArgs {
  const void* x = nullptr;
  void* y = nullptr;  // [N,C]
  void* workspace = nullptr;
};

using GlobalAverageRung = Rung<GlobalAverageProblem, GlobalAverageArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const GlobalAverageRung> global_average_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const GlobalAverageRung& choose_global_average(const GlobalAverageProblem& problem);

// For launchers: throws if x has 2^31 elements or more.
void require_32_bit_indices(const GlobalAverageProblem& problem);

// The definition of correct, in double.
[[nodiscard]] std::vector<double> global_average_reference(const GlobalAverageProblem& problem,
                                                           std::span<const float> x);

// The rungs: global_average_v1_naive.cu and its neighbour. Both take every problem.
void global_average_v1_launch(const GlobalAverageProblem& problem, const GlobalAverageArgs& args, Stream stream);
[[nodiscard]] std::size_t global_average_v2_workspace_bytes(const GlobalAverageProblem& problem);
void global_average_v2_launch(const GlobalAverageProblem& problem, const GlobalAverageArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
