// The rungs of sweep, which of them runs, and the kernels of both.
#include "kernels/sweep/sweep.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr SweepRung kRungs[] = {
    {"sweep_v1_naive", any_problem<SweepProblem>, sweep_v1_launch, sweep_workspace_bytes},
    {"sweep_v2_rows", any_problem<SweepProblem>, sweep_v2_launch, sweep_workspace_bytes},
};

// What runs: the first line that holds.
constexpr Choice<SweepProblem> kChoices[] = {
    {2, any_problem<SweepProblem>},
};

constexpr int kThreads = 256;

// Thread t of block b makes value 256 b + t of out; there are too few cells for more care.
__global__ void __launch_bounds__(kThreads)
    sweep_window(Window window, const float* __restrict__ in, float* __restrict__ out) {
  const int cell = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (cell >= window.rows_out * window.columns_out) return;
  const int row = cell / window.columns_out + (window.rows_in - window.rows_out) / 2;
  const int column = cell % window.columns_out + (window.columns_in - window.columns_out) / 2;
  const int top = row > window.down ? row - window.down : 0;
  const int bottom = row + window.down < window.rows_in ? row + window.down : window.rows_in - 1;
  const int left = column > window.across ? column - window.across : 0;
  const int right = column + window.across < window.columns_in ? column + window.across : window.columns_in - 1;
  float value = in[top * window.columns_in + left];
  for (int i = top; i <= bottom; ++i) {
    for (int j = left; j <= right; ++j) {
      const float other = in[i * window.columns_in + j];
      value = window.least ? fminf(value, other) : fmaxf(value, other);
    }
  }
  out[cell] = window.last ? 1 - value : value;
}

// The formulas of sweep.h up to `motion`, which replaces the least ages that it comes with.
__global__ void __launch_bounds__(kThreads) sweep_cells(SweepProblem d, SweepArgs args, float* motion) {
  const int cell = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (cell >= d.cells()) return;
  const float still = args.still[cell];
  const float* colour = args.colours + 3 * cell;
  float* background = args.memory + cell;
  float& age = args.memory[3 * d.cells() + cell];
  if (!(*args.continues > 0)) {
    for (int c = 0; c < 3; ++c) background[c * d.cells()] = colour[c];
    age = kForget;
    motion[cell] = 1 - still;
    return;
  }
  bool differs = false;
  for (int c = 0; c < 3; ++c) differs = differs || fabsf(colour[c] - background[c * d.cells()]) > kDiffers;
  const bool moves = still < 0.5F;
  float now = moves ? 0.0F : fminf(kForget, motion[cell] + 1);
  if (!moves && (now >= kForget || !differs)) {
    for (int c = 0; c < 3; ++c) {
      float& r = background[c * d.cells()];
      r = differs ? colour[c] : r + kAdapt * (colour[c] - r);
    }
    now = kForget;
  }
  age = now;
  motion[cell] = now < kForget && differs ? 1.0F : 1 - still;
}

// Floats of one of the workspace's three grids.
std::size_t padded_count(const SweepProblem& d) {
  return static_cast<std::size_t>(d.rows + 2 * kJoin) * static_cast<std::size_t>(d.columns + 2 * kJoin);
}

}  // namespace

std::span<const SweepRung> sweep_rungs() {
  return kRungs;
}

const SweepRung& choose_sweep(const SweepProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const SweepProblem& d) {
  require_32_bit_indices("sweep", {{"the memory", 4.0 * d.rows * d.columns},
                                   {"the padded grid", (d.rows + 2.0 * kJoin) * (d.columns + 2.0 * kJoin)}});
}

std::size_t sweep_workspace_bytes(const SweepProblem& d) {
  return 3 * padded_count(d) * sizeof(float);
}

void sweep_window_launch(const Window& window, const float* in, float* out, Stream stream) {
  launch(stream, dim3(static_cast<unsigned>(blocks_for(window.rows_out * window.columns_out, kThreads))),
         dim3(kThreads), 0, kernel<sweep_window>, window, in, out);
}

void sweep_launch(const SweepProblem& d, const SweepArgs& args, Extreme extreme, Stream stream) {
  require_32_bit_indices(d);
  const int h = d.rows, w = d.columns, padded_h = h + 2 * kJoin, padded_w = w + 2 * kJoin;
  auto* motion = reinterpret_cast<float*>(args.workspace);
  float* padded = motion + padded_count(d);
  float* spare = padded + padded_count(d);
  const Window least_ages{
      .rows_in = h, .columns_in = w, .rows_out = h, .columns_out = w, .down = kReach, .across = kReach, .least = true};
  const Window largest{
      .rows_in = h, .columns_in = w, .rows_out = padded_h, .columns_out = padded_w, .down = kJoin, .across = kJoin};
  const Window joined{.rows_in = padded_h,
                      .columns_in = padded_w,
                      .rows_out = h,
                      .columns_out = w,
                      .down = kJoin,
                      .across = kJoin,
                      .least = true};
  const Window about{
      .rows_in = h, .columns_in = w, .rows_out = h, .columns_out = w, .down = kReach, .across = kReach, .last = true};
  extreme(least_ages, args.memory + 3 * d.cells(), motion, spare, stream);
  launch(stream, dim3(static_cast<unsigned>(blocks_for(d.cells(), kThreads))), dim3(kThreads), 0, kernel<sweep_cells>,
         d, args, motion);
  extreme(largest, motion, padded, spare, stream);
  extreme(joined, padded, motion, spare, stream);
  extreme(about, motion, args.y, spare, stream);
}

}  // namespace impasto::IMPASTO_TARGET
