// Growing and shrinking of mattes.
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <utility>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/grow.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_GROW_JOB
#define IMPASTO_GROW_JOB
namespace impasto::cpu {

struct GrowJob {
  int h, w;
  bool shrink;
  int radius;      // of the smaller disc
  float fraction;  // share of the disc that is larger by 1

  [[nodiscard]] std::size_t row_bytes() const { return align_up(static_cast<std::size_t>(w) * sizeof(float)); }
  [[nodiscard]] std::size_t map_bytes() const { return fraction > 0 ? align_up(row_bytes() * h) : 0; }
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

template <bool shrink>
HWY_INLINE float extreme(float a, float b) {
  return (shrink ? b < a : b > a) ? b : a;
}

template <bool shrink>
void take_row(const float* HWY_RESTRICT from, float* HWY_RESTRICT to, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) to[x] = extreme<shrink>(to[x], from[x]);
}

// From extremes over windows of some half-width those over windows wider by 1 at each end.
template <bool shrink>
void widen_row(const float* HWY_RESTRICT from, float* HWY_RESTRICT to, int n) {
  to[0] = extreme<shrink>(from[0], from[std::min(1, n - 1)]);
  to[n - 1] = extreme<shrink>(from[n - 1], from[std::max(n - 2, 0)]);
#pragma omp simd
  for (int x = 1; x < n - 1; ++x) {
    to[x] = extreme<shrink>(extreme<shrink>(from[x - 1], from[x]), from[x + 1]);
  }
}

// Rows begin..end-1 of the extremes over a disc: each row of x goes, over wider and wider windows, to the rows that see
// it through the disc's narrower and wider chords. `windows` has two rows.
template <bool shrink>
void grow_rows(const GrowJob& job, int radius, int begin, int end, const float* x, float* out, float* windows) {
  const auto row = [&](auto* map, int y) { return map + static_cast<std::size_t>(y) * job.w; };
  std::copy(row(x, begin), row(x, end), row(out, begin));
  for (int from = std::max(begin - radius, 0); from < std::min(end + radius, job.h); ++from) {
    const float* widest = row(x, from);
    float* other = windows;
    float* another = windows + job.row_bytes() / sizeof(float);
    int half_width = 0;
    for (int distance = radius; distance >= 0; --distance) {
      for (; (half_width + 1) * (half_width + 1) + distance * distance <= radius * radius; ++half_width) {
        widen_row<shrink>(widest, other, job.w);
        widest = other;
        std::swap(other, another);
      }
      for (const int to : {from - distance, from + distance}) {
        if (to >= begin && to < end) take_row<shrink>(widest, row(out, to), job.w);
        if (distance == 0) break;
      }
    }
  }
}

void grow(const GrowJob& job, const Binding& binding) {
  const auto* x = reinterpret_cast<const float*>(binding.inputs[0]);
  auto* y = reinterpret_cast<float*>(binding.outputs[0]);
  auto* larger = reinterpret_cast<float*>(binding.workspace);
  std::byte* rows = binding.workspace + job.map_bytes();
#pragma omp parallel
  {
    const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
    auto* windows = reinterpret_cast<float*>(rows + 2 * job.row_bytes() * static_cast<std::size_t>(thread));
    const auto block = [&](int t) { return static_cast<int>(std::int64_t{job.h} * t / threads); };
    const int begin = block(thread), end = block(thread + 1);
    const auto grow_by = [&](int radius, float* out) {
      job.shrink ? grow_rows<true>(job, radius, begin, end, x, out, windows)
                 : grow_rows<false>(job, radius, begin, end, x, out, windows);
    };
    grow_by(job.radius, y);
    if (job.fraction > 0) {
      grow_by(job.radius + 1, larger);
      const std::int64_t last = std::int64_t{end} * job.w;
#pragma omp simd
      for (std::int64_t i = std::int64_t{begin} * job.w; i < last; ++i) y[i] += job.fraction * (larger[i] - y[i]);
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(grow);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteGrow& op) {
  const Shape& shape = build.in(node).shape;
  const float reach = std::abs(op.radius), whole = std::floor(reach);
  const GrowJob job{shape.h, shape.w, op.radius < 0, static_cast<int>(whole), reach - whole};
  return kernel_of(
      simd_name(),
      [job](const Binding& binding) {
        HWY_DYNAMIC_DISPATCH(grow)
        (job, binding);
      },
      job.map_bytes() + 2 * job.row_bytes() * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
