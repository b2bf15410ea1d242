// Guided filter, threshold and feather of mattes.
#include "runtime/pixels/box_blur.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/linear_axis.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <utility>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/matte.cpp"
#include <hwy/foreach_target.h>
#include "runtime/pixels/box_blur-inl.h"
#include "runtime/pixels/rows-inl.h"
// clang-format on

#ifndef IMPASTO_MATTE_JOBS
#define IMPASTO_MATTE_JOBS
namespace impasto::cpu {

struct GuidedJob {
  static constexpr int kMoments = 13;  // of R, G, B and the matte p: 3 means, p, 6 products RR..BB, 3 products Rp..Bp
  static constexpr int kCoefficients = 4;  // q = a0 R + a1 G + a2 B + b

  int h, w, full_h, full_w, radius;
  double eps;  // of a guide in 0..255
  LinearAxis rows, columns;

  [[nodiscard]] std::size_t map_floats() const { return static_cast<std::size_t>(kCoefficients) * h * w; }
  [[nodiscard]] std::size_t window_doubles() const { return static_cast<std::size_t>(kMoments) * (2 * w + 2 * radius); }
  [[nodiscard]] std::size_t apply_floats() const { return static_cast<std::size_t>(2 * kCoefficients + 3) * full_w; }
  [[nodiscard]] std::size_t thread_bytes() const {
    return align_up(
        std::max(window_doubles() * sizeof(double) + 3 * w * sizeof(float), apply_floats() * sizeof(float)));
  }
  [[nodiscard]] std::size_t maps_bytes() const { return align_up(2 * map_floats() * sizeof(float)); }
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

// ---- Guided filter --------------------------------------------------------------------------------------------------

// Sums of C quantities over the window of radius r, clipped at the border, about each pixel of row y: C rows of w.
// add_row(row, sums, stride) adds a row of each quantity to C rows. `work` has C rows of w + 2r and C of w. Double
// precision keeps E[xy] - E[x]E[y] good to 1e-14 of the largest xy.
template <int C, typename AddRow>
const double* window_sums(const AddRow& add_row, int y, int h, int w, int r, double* HWY_RESTRICT work) {
  const int stride = w + 2 * r;
  double* HWY_RESTRICT sums = work + C * stride;
  std::fill(work, sums, 0.0);
  for (int row = std::max(0, y - r); row <= std::min(h - 1, y + r); ++row) add_row(row, work + r, stride);
  for (int c = 0; c < C; ++c) {
    std::copy(work + c * stride, work + c * stride + w, sums + c * w);
    for (int d = 1; d <= 2 * r; ++d) {
#pragma omp simd
      for (int x = 0; x < w; ++x) sums[c * w + x] += work[c * stride + d + x];
    }
  }
  return sums;
}

HWY_INLINE void add_to(double* HWY_RESTRICT sum, const float* HWY_RESTRICT a, int n) {
  for (int x = 0; x < n; ++x) sum[x] += static_cast<double>(a[x]);
}
HWY_INLINE void add_product(double* HWY_RESTRICT sum, const float* a, const float* b, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) sum[x] += static_cast<double>(a[x]) * static_cast<double>(b[x]);
}

// Pixels of the window about x (or y), clipped to size.
HWY_INLINE int window_size(int x, int r, int size) {
  return std::min(size - 1, x + r) - std::max(0, x - r) + 1;
}

// He et al. (19): a = (Sigma + eps U)^-1 cov(I, p), b = mean(p) - a . mean(I), for row y; I in 0..255.
// `out` is [4][w].
void fit_row(const GuidedJob& job, const float* matte, const float* guide, int y, double* work,
             float* HWY_RESTRICT out) {
  const int w = job.w;
  auto* rgb = reinterpret_cast<float*>(work + job.window_doubles());
  const auto add_row = [&](int row, double* sums, int stride) {
    const std::int64_t at = std::int64_t{row} * w;
    unpack_row(guide + 3 * at, rgb, rgb + w, rgb + 2 * w, w);
    const float* q[4] = {rgb, rgb + w, rgb + 2 * w, matte + at};
    for (const float* a : q) {
      add_to(sums, a, w);
      sums += stride;
    }
    for (const auto& [a, b] : {std::pair{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}, {0, 3}, {1, 3}, {2, 3}}) {
      add_product(sums, q[a], q[b], w);
      sums += stride;
    }
  };
  const double* s = window_sums<GuidedJob::kMoments>(add_row, y, job.h, w, job.radius, work);
  const int rows = window_size(y, job.radius, job.h);
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    const double n = 1.0 / (rows * window_size(x, job.radius, w));
    const auto mean = [&](int c) { return s[c * w + x] * n; };
    const double r = mean(0), g = mean(1), b = mean(2), p = mean(3);
    const double rr = mean(4) - r * r + job.eps, rg = mean(5) - r * g, rb = mean(6) - r * b;
    const double gg = mean(7) - g * g + job.eps, gb = mean(8) - g * b, bb = mean(9) - b * b + job.eps;
    const double rp = mean(10) - r * p, gp = mean(11) - g * p, bp = mean(12) - b * p;
    // Cramer's rule with the symmetric adjugate.
    const double i00 = gg * bb - gb * gb, i01 = gb * rb - rg * bb, i02 = rg * gb - gg * rb;
    const double i11 = rr * bb - rb * rb, i12 = rb * rg - rr * gb, i22 = rr * gg - rg * rg;
    const double scale = 1 / (rr * i00 + rg * i01 + rb * i02);
    const double a0 = (i00 * rp + i01 * gp + i02 * bp) * scale;
    const double a1 = (i01 * rp + i11 * gp + i12 * bp) * scale;
    const double a2 = (i02 * rp + i12 * gp + i22 * bp) * scale;
    out[x] = static_cast<float>(a0);
    out[w + x] = static_cast<float>(a1);
    out[2 * w + x] = static_cast<float>(a2);
    out[3 * w + x] = static_cast<float>(p - a0 * r - a1 * g - a2 * b);
  }
}

// The mean of the coefficients of all windows that cover a pixel, for row y.
void average_row(const GuidedJob& job, const float* fitted, int y, double* work, float* HWY_RESTRICT out) {
  constexpr int C = GuidedJob::kCoefficients;
  const int w = job.w;
  const auto add_row = [&](int row, double* sums, int stride) {
    for (int c = 0; c < C; ++c) add_to(sums + c * stride, fitted + (std::int64_t{row} * C + c) * w, w);
  };
  const double* s = window_sums<C>(add_row, y, job.h, w, job.radius, work);
  const int rows = window_size(y, job.radius, job.h);
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    const double n = 1.0 / (rows * window_size(x, job.radius, w));
    for (int c = 0; c < C; ++c) out[c * w + x] = static_cast<float>(s[c * w + x] * n);
  }
}

void enlarge_row(const LinearAxis& axis, const float* HWY_RESTRICT in, int w, float* HWY_RESTRICT out, int full_w) {
  for (int c = 0; c < GuidedJob::kCoefficients; ++c) {
    const float* row = in + c * w;
#pragma omp simd
    for (int x = 0; x < full_w; ++x) {
      const auto i = static_cast<std::size_t>(x);
      const float low = row[axis.low[i]];
      out[c * full_w + x] = low + axis.weight[i] * (row[axis.high[i]] - low);
    }
  }
}

// q = a . I + b with the coefficients between rows `low` and `high`; `rgb` is scratch of three rows.
void apply_row(const float* HWY_RESTRICT low, const float* HWY_RESTRICT high, float weight, const std::uint8_t* guide,
               float* HWY_RESTRICT rgb, float* HWY_RESTRICT out, int n) {
  unpack_row(guide, rgb, rgb + n, rgb + 2 * n, n);
#pragma omp simd
  for (int x = 0; x < n; ++x) {
    const auto mix = [&](int c) { return low[c * n + x] + weight * (high[c * n + x] - low[c * n + x]); };
    const float dot = mix(0) * rgb[x] + mix(1) * rgb[n + x] + mix(2) * rgb[2 * n + x];
    out[x] = clip(dot + mix(3), 1);
  }
}

void guided_filter(const GuidedJob& job, const Binding& binding) {
  const auto* matte = reinterpret_cast<const float*>(binding.inputs[0]);
  const auto* guide_small = reinterpret_cast<const float*>(binding.inputs[1]);
  const auto* guide = reinterpret_cast<const std::uint8_t*>(binding.inputs[2]);
  auto* out = reinterpret_cast<float*>(binding.outputs[0]);
  auto* fitted = reinterpret_cast<float*>(binding.workspace);
  float* averaged = fitted + job.map_floats();
  std::byte* thread_space = binding.workspace + job.maps_bytes();
  const std::int64_t row_floats = std::int64_t{GuidedJob::kCoefficients} * job.w;
#pragma omp parallel
  {
    const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
    std::byte* own = thread_space + job.thread_bytes() * static_cast<std::size_t>(thread);
#pragma omp for schedule(static)
    for (int y = 0; y < job.h; ++y) {
      fit_row(job, matte, guide_small, y, reinterpret_cast<double*>(own), fitted + y * row_floats);
    }
#pragma omp for schedule(static)
    for (int y = 0; y < job.h; ++y) {
      average_row(job, fitted, y, reinterpret_cast<double*>(own), averaged + y * row_floats);
    }
    // Blocks of rows: each keeps the two rows of coefficients, enlarged in width, between which its rows lie.
    const int n = job.full_w;
    float* low = reinterpret_cast<float*>(own);
    float* high = low + GuidedJob::kCoefficients * n;
    float* rgb = high + GuidedJob::kCoefficients * n;
    int low_row = -1, high_row = -1;
    const auto block = [&](int t) { return static_cast<int>(std::int64_t{job.full_h} * t / threads); };
    for (int y = block(thread); y < block(thread + 1); ++y) {
      const int want_low = job.rows.low[static_cast<std::size_t>(y)];
      const int want_high = job.rows.high[static_cast<std::size_t>(y)];
      if (low_row != want_low && high_row == want_low) {
        std::swap(low, high);
        std::swap(low_row, high_row);
      }
      if (low_row != want_low) enlarge_row(job.columns, averaged + (low_row = want_low) * row_floats, job.w, low, n);
      if (high_row != want_high)
        enlarge_row(job.columns, averaged + (high_row = want_high) * row_floats, job.w, high, n);
      apply_row(low, high, job.rows.weight[static_cast<std::size_t>(y)], guide + std::int64_t{y} * 3 * n, rgb,
                out + std::int64_t{y} * n, n);
    }
  }
}

// ---- Threshold ------------------------------------------------------------------------------------------------------

void threshold(const MatteThreshold& op, std::int64_t count, const Binding& binding) {
  const auto* in = reinterpret_cast<const float*>(binding.inputs[0]);
  auto* HWY_RESTRICT out = reinterpret_cast<float*>(binding.outputs[0]);
  const float limit = op.threshold;
  const float half = std::min({op.softness / 2, limit, 1 - limit}), low = limit - half;
  if (half > 0) {
    const float slope = 1 / (2 * half);
#pragma omp parallel for simd schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
      const float t = clip((in[i] - low) * slope, 1);
      out[i] = t * t * (3 - 2 * t);
    }
  } else {
#pragma omp parallel for simd schedule(static)
    for (std::int64_t i = 0; i < count; ++i) out[i] = in[i] >= limit ? 1.0F : 0.0F;
  }
}

// ---- Feather --------------------------------------------------------------------------------------------------------

void feather(const FeatherJob& job, const Binding& binding) {
  constexpr int L = FeatherJob::kLanes;
  const auto* in = reinterpret_cast<const float*>(binding.inputs[0]);
  auto* out = reinterpret_cast<float*>(binding.outputs[0]);
  auto* workspace = reinterpret_cast<double*>(binding.workspace);
#pragma omp parallel
  {
    double* work = workspace + 2 * job.line_doubles() * static_cast<std::size_t>(omp_get_thread_num());
#pragma omp for schedule(static)
    for (int y = 0; y < job.h; y += L) blur_rows(job, in, out, y, work);
#pragma omp for schedule(static)
    for (int x = 0; x < job.w; x += L) blur_columns(job, out, x, work);
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(guided_filter);
HWY_EXPORT(threshold);
HWY_EXPORT(feather);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GuidedFilter& op) {
  const Shape &small = build.in(node).shape, &full = build.out(node).shape;
  const GuidedJob job{small.h,
                      small.w,
                      full.h,
                      full.w,
                      op.radius,
                      255.0 * 255.0 * static_cast<double>(op.eps),
                      linear_axis(small.h, full.h),
                      linear_axis(small.w, full.w)};
  const auto run = [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(guided_filter)(job, binding); };
  return kernel_of(simd_name(), run, job.maps_bytes() + job.thread_bytes() * static_cast<std::size_t>(build.threads));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteThreshold& op) {
  const std::int64_t count = build.in(node).shape.count();
  return kernel_of(simd_name(),
                   [op, count](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(threshold)(op, count, binding); });
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteFeather& op) {
  const Shape& shape = build.in(node).shape;
  const FeatherJob job(shape.h, shape.w, op.radius);
  return kernel_of(
      simd_name(), [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(feather)(job, binding); },
      2 * job.line_doubles() * sizeof(double) * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
