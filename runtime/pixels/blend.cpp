// The painted picture, blended with the last one where the frame stands still.
#include "runtime/error.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <cstring>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/blend.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_BLEND_JOBS
#define IMPASTO_BLEND_JOBS
namespace impasto::cpu {

struct BlendJob {
  int h, w;
  int rows, columns;  // of cells
  float share;
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

constexpr int kCellValues = 3 * kStillnessCell;

// Values begin .. end of a row, between two cells of these weights.
void blend_run(const float* HWY_RESTRICT x, float* HWY_RESTRICT y, int begin, int end, float left, float right,
               const float* HWY_RESTRICT parts) {
  if (!(left > 0) && !(right > 0)) {
    std::memcpy(y + begin, x + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
    return;
  }
#pragma omp simd
  for (int i = begin; i < end; ++i) {
    const float weight = left + parts[i - begin] * (right - left);
    const float blended = x[i] + weight * (y[i] - x[i]);
    y[i] = weight > 0 ? blended : x[i];
  }
}

void blend(const BlendJob& job, const Binding& binding) {
  const auto* x = reinterpret_cast<const float*>(binding.inputs[0]);
  const auto* stillness = reinterpret_cast<const float*>(binding.inputs[2]);
  const float share = job.share * reinterpret_cast<const float*>(binding.inputs[3])[kMomentPainted];
  auto* y = reinterpret_cast<float*>(binding.outputs[0]);
  // Where the values of a cell's breadth lie between two cells' middles.
  float parts[kCellValues];
  for (int i = 0; i < kCellValues; ++i) parts[i] = static_cast<float>(2 * (i / 3) + 1) / (2 * kStillnessCell);
  const int values = 3 * job.w;
#pragma omp parallel for schedule(static) if (job.h * values > 16384)
  for (int row = 0; row < job.h; ++row) {
    const int from_middle = std::clamp(2 * row + 1 - kStillnessCell, 0, 2 * kStillnessCell * (job.rows - 1));
    const int above = from_middle / (2 * kStillnessCell), below = std::min(above + 1, job.rows - 1);
    const float down = static_cast<float>(from_middle % (2 * kStillnessCell)) / (2 * kStillnessCell);
    const auto weight = [&](int column) {
      const float high = stillness[std::int64_t{above} * job.columns + column];
      const float low = stillness[std::int64_t{below} * job.columns + column];
      return share * (high + down * (low - high));
    };
    const float* from = x + std::int64_t{row} * values;
    float* to = y + std::int64_t{row} * values;
    float left = weight(0);
    int end = std::min(kCellValues / 2, values);
    blend_run(from, to, 0, end, left, left, parts);
    for (int column = 1; column < job.columns && end < values; ++column) {
      const float right = weight(column);
      const int begin = end;
      end = std::min(begin + kCellValues, values);
      blend_run(from, to, begin, end, left, right, parts);
      left = right;
    }
    while (end < values) {
      const int begin = end;
      end = std::min(begin + kCellValues, values);
      blend_run(from, to, begin, end, left, left, parts);
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(blend);

}  // namespace

// The last run's picture is input 1 and the output, one state.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Blend& op) {
  if (node.inputs[1] != node.outputs[0]) fail("{}: the last picture and the output must be one state", node.name);
  const Shape &painted = build.in(node).shape, &stillness = build.in(node, 2).shape;
  const BlendJob job{painted.h, painted.w, stillness.h, stillness.w, op.share};
  return kernel_of(simd_name(), [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(blend)(job, binding); });
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
