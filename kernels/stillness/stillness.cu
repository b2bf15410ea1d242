// The rungs of stillness, which of them runs, and the second half of both.
#include "kernels/stillness/stillness.h"

#include <cmath>
#include <utility>

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

// One pass of a closing or a dilation, across or down: in [rows_in, columns_in] -> out [rows_out, columns_out], of
// which one extent is the same. Each value is the extreme of 2 reach + 1 of `in`, as far as there are so many; both
// grids have one middle.
struct Pass {
  int rows_in, columns_in;
  int rows_out, columns_out;
  bool across;
  bool least;  // else the largest
  int reach;
  bool last;  // then one minus that
};

// Thread t of block b makes value 256 b + t of out; there are too few cells for more care.
__global__ void __launch_bounds__(kThreads)
    stillness_pass(Pass pass, const float* __restrict__ in, float* __restrict__ out) {
  const int cell = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (cell >= pass.rows_out * pass.columns_out) return;
  const int row = cell / pass.columns_out + (pass.rows_in - pass.rows_out) / 2;
  const int column = cell % pass.columns_out + (pass.columns_in - pass.columns_out) / 2;
  const int middle = pass.across ? column : row;
  const int extent = pass.across ? pass.columns_in : pass.rows_in;
  const int from = middle > pass.reach ? middle - pass.reach : 0;
  const int to = middle + pass.reach < extent ? middle + pass.reach : extent - 1;
  const int start = pass.across ? row * pass.columns_in : column, step = pass.across ? 1 : pass.columns_in;
  float value = in[start + from * step];
  for (int i = from + 1; i <= to; ++i) {
    const float other = in[start + i * step];
    value = pass.least ? fminf(value, other) : fmaxf(value, other);
  }
  out[cell] = pass.last ? 1 - value : value;
}

// Floats of one of the workspace's two grids.
std::size_t padded_count(const StillnessProblem& d) {
  return static_cast<std::size_t>(d.rows() + 2 * kJoin) * static_cast<std::size_t>(d.columns() + 2 * kJoin);
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
  return 2 * padded_count(d) * sizeof(float);
}

void stillness_spread_launch(const StillnessProblem& d, const StillnessArgs& args, Stream stream) {
  const int h = d.rows(), w = d.columns(), padded_h = h + 2 * kJoin, padded_w = w + 2 * kJoin;
  const Pass passes[] = {
      {h, w, h, padded_w, true, false, kJoin, false},
      {h, padded_w, padded_h, padded_w, false, false, kJoin, false},
      {padded_h, padded_w, padded_h, w, true, true, kJoin, false},
      {padded_h, w, h, w, false, true, kJoin, false},
      {h, w, h, w, true, false, kReach, false},
      {h, w, h, w, false, false, kReach, true},
  };
  auto* in = reinterpret_cast<float*>(args.workspace);
  float* out = in + padded_count(d);
  for (const Pass& pass : passes) {
    launch(stream, dim3(blocks_for(pass.rows_out * pass.columns_out, kThreads)), dim3(kThreads), 0,
           kernel<stillness_pass>, pass, static_cast<const float*>(in), pass.last ? args.y : out);
    std::swap(in, out);
  }
}

}  // namespace impasto::IMPASTO_TARGET
