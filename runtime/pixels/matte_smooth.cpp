// A matte smoothed over time.
#include "runtime/pixels/kernels.h"
#include "runtime/rows/linear_axis.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <vector>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/matte_smooth.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_MATTE_SMOOTH_JOBS
#define IMPASTO_MATTE_SMOOTH_JOBS
namespace impasto::cpu {

struct SmoothJob {
  int w;
  float before_gain, after_gain;
  LinearAxis down, across;
  std::vector<int> starts;  // of the runs of columns that lie between the same two cells; the last is w
  std::size_t columns;      // of cells

  // Floats that a row needs: a row of cells, and two of the matte.
  [[nodiscard]] std::size_t row_floats() const { return columns + 2 * static_cast<std::size_t>(w); }
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

constexpr float kTolerance = 0.1F;

// How far a neighbour counts: fully where the picture stands still, the less the more it differs where that is unsure.
HWY_INLINE float neighbour_weight(float still, float difference) {
  const float d = difference / kTolerance;
  return still / (1 + (1 - still) * d * d);
}

// How still the picture stands at each pixel of row y.
HWY_INLINE void still_row(const SmoothJob& job, const float* cells, int y, float* HWY_RESTRICT row_of_cells,
                          float* HWY_RESTRICT out) {
  const auto j = static_cast<std::size_t>(y);
  const float* top = cells + static_cast<std::size_t>(job.down.low[j]) * job.columns;
  const float* bottom = cells + static_cast<std::size_t>(job.down.high[j]) * job.columns;
  const float weight = job.down.weight[j];
  for (std::size_t i = 0; i < job.columns; ++i) row_of_cells[i] = top[i] + weight * (bottom[i] - top[i]);
  for (std::size_t i = 0; i + 1 < job.starts.size(); ++i) {
    const int begin = job.starts[i], end = job.starts[i + 1];
    const auto first = static_cast<std::size_t>(begin);
    const float left = row_of_cells[job.across.low[first]], right = row_of_cells[job.across.high[first]];
    const float* across = job.across.weight.data();
#pragma omp simd
    for (int x = begin; x < end; ++x) out[x] = left + across[x] * (right - left);
  }
}

void smooth_row(const SmoothJob& job, const Binding& binding, int y, float* HWY_RESTRICT work) {
  const auto floats = [&](std::size_t i) { return reinterpret_cast<const float*>(binding.inputs[i]); };
  const std::int64_t first = std::int64_t{y} * job.w;
  const float *before = floats(0) + first, *now = floats(1) + first, *after = floats(2) + first;
  const float* moment = floats(5);
  // A scene begins with the net's own matte.
  const float most_before = moment[0] > 0 ? job.before_gain : 0;
  const float most_after = moment[0] > 0 && moment[1] > 0 ? job.after_gain : 0;
  float* still_before = work + job.columns;
  float* still_after = still_before + job.w;
  still_row(job, floats(3), y, work, still_before);
  still_row(job, floats(4), y, work, still_after);
  float* out = reinterpret_cast<float*>(binding.outputs[0]) + first;  // it may be `before`
#pragma omp simd
  for (int x = 0; x < job.w; ++x) {
    const float p = most_before * neighbour_weight(still_before[x], before[x] - now[x]);
    const float q = most_after * neighbour_weight(still_after[x], after[x] - now[x]);
    // In this order three neighbours of one value give that value.
    out[x] = (now[x] + p * before[x] + q * after[x]) / (1 + p + q);
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(smooth_row);

// With strength 0.5 the weights of the frames before and after are 3 and 1 (kernels/matte_smooth).
constexpr float kBeforeGain = 6, kAfterGain = 2;

// Where the matte's pixels lie between the cells' middles.
LinearAxis cell_axis(int extent, int frame) {
  LinearAxis axis;
  const int last = (frame + kStillnessCell - 1) / kStillnessCell - 1;
  for (int i = 0; i < extent; ++i) {
    const double pixel = (i + 0.5) * frame / extent;
    const double at = std::clamp(pixel / kStillnessCell - 0.5, 0.0, static_cast<double>(last));
    const int low = static_cast<int>(at);
    axis.low.push_back(low);
    axis.high.push_back(std::min(low + 1, last));
    axis.weight.push_back(static_cast<float>(at - low));
  }
  return axis;
}

std::vector<int> runs(const LinearAxis& axis) {
  std::vector<int> starts;
  for (std::size_t x = 0; x < axis.low.size(); ++x) {
    if (x == 0 || axis.low[x] != axis.low[x - 1]) starts.push_back(static_cast<int>(x));
  }
  starts.push_back(static_cast<int>(axis.low.size()));
  return starts;
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op) {
  const Shape& m = build.out(node).shape;
  const auto columns = static_cast<std::size_t>(build.in(node, 3).shape.w);
  const LinearAxis across = cell_axis(m.w, op.frame_w);
  const SmoothJob job{
      m.w,    kBeforeGain * op.strength, kAfterGain * op.strength, cell_axis(m.h, op.frame_h), across, runs(across),
      columns};
  const std::size_t thread_bytes = align_up(job.row_floats() * sizeof(float));
  const auto run = [job, m, thread_bytes](const Binding& binding) {
    for_rows(m, [&](int, int y) {
      std::byte* own = binding.workspace + static_cast<std::size_t>(omp_get_thread_num()) * thread_bytes;
      HWY_DYNAMIC_DISPATCH(smooth_row)(job, binding, y, reinterpret_cast<float*>(own));
    });
  };
  return kernel_of(simd_name(), run, thread_bytes * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
