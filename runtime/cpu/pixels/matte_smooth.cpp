// A matte smoothed over time.
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/linear_axis.h"
#include "runtime/cpu/rows.h"

#include <omp.h>

#include <algorithm>

namespace impasto::cpu {
namespace {

// With strength 0.5 the weights of the frames before and after are 3 and 1 (kernels/matte_smooth).
constexpr float kBeforeGain = 6, kAfterGain = 2;
constexpr float kTolerance = 0.1F;

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

// How far a neighbour counts: fully where the picture stands still, the less the more it differs where that is unsure.
inline float neighbour_weight(float still, float difference) {
  const float d = difference / kTolerance;
  return still / (1 + (1 - still) * d * d);
}

struct SmoothJob {
  int w;
  float before_gain, after_gain;
  LinearAxis down, across;
  std::size_t columns;  // of cells

  // Floats that a row needs: a row of cells, and two of the matte.
  [[nodiscard]] std::size_t row_floats() const { return columns + 2 * static_cast<std::size_t>(w); }

  // How still the picture stands at each pixel of row y.
  void still_row(const float* cells, int y, float* row_of_cells, float* out) const {
    const auto j = static_cast<std::size_t>(y);
    const float* top = cells + static_cast<std::size_t>(down.low[j]) * columns;
    const float* bottom = cells + static_cast<std::size_t>(down.high[j]) * columns;
    for (std::size_t i = 0; i < columns; ++i) row_of_cells[i] = top[i] + down.weight[j] * (bottom[i] - top[i]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(w); ++i) {
      const float left = row_of_cells[across.low[i]], right = row_of_cells[across.high[i]];
      out[i] = left + across.weight[i] * (right - left);
    }
  }

  void row(const Binding& binding, int y, float* work) const {
    const auto floats = [&](std::size_t i) { return reinterpret_cast<const float*>(binding.inputs[i]); };
    const std::int64_t first = std::int64_t{y} * w;
    const float *before = floats(0) + first, *now = floats(1) + first, *after = floats(2) + first;
    const float* moment = floats(5);
    // A scene begins with the net's own matte.
    const float most_before = moment[0] > 0 ? before_gain : 0;
    const float most_after = moment[0] > 0 && moment[1] > 0 ? after_gain : 0;
    float* still_before = work + columns;
    float* still_after = still_before + w;
    still_row(floats(3), y, work, still_before);
    still_row(floats(4), y, work, still_after);
    float* out = reinterpret_cast<float*>(binding.outputs[0]) + first;  // it may be `before`
#pragma omp simd
    for (int x = 0; x < w; ++x) {
      const float p = most_before * neighbour_weight(still_before[x], before[x] - now[x]);
      const float q = most_after * neighbour_weight(still_after[x], after[x] - now[x]);
      // In this order three neighbours of one value give that value.
      out[x] = (now[x] + p * before[x] + q * after[x]) / (1 + p + q);
    }
  }
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op) {
  const Shape& m = build.out(node).shape;
  const auto columns = static_cast<std::size_t>(build.in(node, 3).shape.w);
  const SmoothJob job{m.w,
                      kBeforeGain * op.strength,
                      kAfterGain * op.strength,
                      cell_axis(m.h, op.frame_h),
                      cell_axis(m.w, op.frame_w),
                      columns};
  const std::size_t thread_bytes = align_up(job.row_floats() * sizeof(float));
  const auto run = [job, m, thread_bytes](const Binding& binding) {
    for_rows(m, [&](int, int y) {
      std::byte* own = binding.workspace + static_cast<std::size_t>(omp_get_thread_num()) * thread_bytes;
      job.row(binding, y, reinterpret_cast<float*>(own));
    });
  };
  return kernel_of(simd_name(), run, thread_bytes * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
