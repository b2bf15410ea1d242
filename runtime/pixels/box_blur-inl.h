// The lines of a box blur, compiled for each instruction set.

#if defined(IMPASTO_BOX_BLUR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef IMPASTO_BOX_BLUR_INL
#undef IMPASTO_BOX_BLUR_INL
#else
#define IMPASTO_BOX_BLUR_INL
#endif

#include "runtime/pixels/box_blur.h"

#include <hwy/highway.h>

#include <cmath>
#include <cstdint>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

// Three box passes along `lines` lines of n samples, `along` apart, the lines `across` apart. Samples are whole numbers
// of 2^-24, so running sums are exact: a stretch of zeros (or ones) wider than the blur stays zero (or one).
inline void blur_lines(const FeatherJob& job, const float* in, float* out, int n, std::int64_t along,
                       std::int64_t across, int lines, double* work) {
  constexpr int L = FeatherJob::kLanes;
  const int margin = job.reach + 1;
  double* from = work + L * margin;
  double* to = from + job.line_doubles();
  for (int i = 0; i < n; ++i) {
#pragma omp simd
    for (int k = 0; k < L; ++k) {
      from[i * L + k] = std::nearbyint(static_cast<double>(in[i * along + std::min(k, lines - 1) * across]) * 0x1p24);
    }
  }
  const double scale = 1 / (2 * job.reach + 1 + 2 * job.fraction);
  for (int pass = 0; pass < 3; ++pass) {
    for (int m = 1; m <= margin; ++m) {
      std::copy(from, from + L, from - m * L);
      std::copy(from + (n - 1) * L, from + n * L, from + (n - 1 + m) * L);
    }
    double sum[L] = {};
    for (int i = -job.reach; i < job.reach; ++i) {
#pragma omp simd
      for (int k = 0; k < L; ++k) sum[k] += from[i * L + k];
    }
    for (int i = 0; i < n; ++i) {
      const double* HWY_RESTRICT first = from + (i - job.reach) * L;
      const double* HWY_RESTRICT last = from + (i + job.reach) * L;
      double* HWY_RESTRICT result = to + i * L;
#pragma omp simd
      for (int k = 0; k < L; ++k) {
        sum[k] += last[k];
        result[k] = std::nearbyint((sum[k] + job.fraction * (first[k - L] + last[k + L])) * scale);
        sum[k] -= first[k];
      }
    }
    std::swap(from, to);
  }
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < lines; ++k) out[i * along + k * across] = static_cast<float>(from[i * L + k] * 0x1p-24);
  }
}

// All lines of a part of a map: rows y to y + kLanes across, or columns x to x + kLanes down. `work` has two lines.
HWY_INLINE void blur_rows(const FeatherJob& job, const float* in, float* out, int y, double* work) {
  const std::int64_t at = std::int64_t{y} * job.w;
  blur_lines(job, in + at, out + at, job.w, 1, job.w, std::min(FeatherJob::kLanes, job.h - y), work);
}
HWY_INLINE void blur_columns(const FeatherJob& job, float* map, int x, double* work) {
  blur_lines(job, map + x, map + x, job.h, job.w, 1, std::min(FeatherJob::kLanes, job.w - x), work);
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
