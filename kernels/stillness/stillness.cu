// The rungs of stillness, which of them runs, and the second half of both.
#include "kernels/stillness/stillness.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr StillnessRung kRungs[] = {
    {"stillness_v1_naive", any_problem<StillnessProblem>, stillness_v1_launch, stillness_workspace_bytes},
    {"stillness_v2_lanes", any_problem<StillnessProblem>, stillness_v2_launch, stillness_workspace_bytes},
};

// What runs: the first line that holds.
constexpr Choice<StillnessProblem> kChoices[] = {
    {2, any_problem<StillnessProblem>},
};

constexpr int kThreads = 256;

// Thread t of block b makes cell 256 b + t of y, from the 25 about it; there are too few cells for more care.
__global__ void __launch_bounds__(kThreads)
    stillness_spread(StillnessProblem d, const float* __restrict__ motion, float* __restrict__ y) {
  const int cell = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (cell >= d.rows() * d.columns()) return;
  const int row = cell / d.columns(), column = cell % d.columns();
  float largest = 0;
  for (int i = row - kReach; i <= row + kReach; ++i) {
    for (int j = column - kReach; j <= column + kReach; ++j) {
      if (i >= 0 && i < d.rows() && j >= 0 && j < d.columns()) largest = fmaxf(largest, motion[i * d.columns() + j]);
    }
  }
  y[cell] = 1 - largest;
}

}  // namespace

std::span<const StillnessRung> stillness_rungs() {
  return kRungs;
}

const StillnessRung& choose_stillness(const StillnessProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const StillnessProblem& d) {
  require_32_bit_indices("stillness", {{"the frame", 3.0 * d.h * d.w}});
}

std::size_t stillness_workspace_bytes(const StillnessProblem& d) {
  return static_cast<std::size_t>(d.rows()) * static_cast<std::size_t>(d.columns()) * sizeof(float);
}

void stillness_spread_launch(const StillnessProblem& d, const float* motion, float* y, Stream stream) {
  launch(stream, dim3(blocks_for(d.rows() * d.columns(), kThreads)), dim3(kThreads), 0, kernel<stillness_spread>, d,
         motion, y);
}

}  // namespace impasto::IMPASTO_TARGET
