// A picture blurred with the person left out.
#include "runtime/pixels/box_blur.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/blur_behind.cpp"
#include <hwy/foreach_target.h>
#include "runtime/pixels/box_blur-inl.h"
#include "runtime/pixels/rows-inl.h"
// clang-format on

#ifndef IMPASTO_BLUR_BEHIND_MAPS
#define IMPASTO_BLUR_BEHIND_MAPS
namespace impasto::cpu {

inline constexpr int kBlurBehindMaps = 4;          // v R / 255, v G / 255, v B / 255 and the weight v
inline constexpr float kLeastWeight = 1.0F / 256;  // of the person, as kernels/matte/blur_behind.h has it

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

void weigh_row(const std::uint8_t* picture, const float* matte, float* HWY_RESTRICT r, float* HWY_RESTRICT g,
               float* HWY_RESTRICT b, float* HWY_RESTRICT v, int n) {
  unpack_row(picture, r, g, b, n);
#pragma omp simd
  for (int x = 0; x < n; ++x) {
    v[x] = (1 - clip(matte[x], 1) + kLeastWeight) * (1 / (1 + kLeastWeight));
    const float scale = v[x] * (1.0F / 255);
    r[x] *= scale;
    g[x] *= scale;
    b[x] *= scale;
  }
}

void divide_row(float* HWY_RESTRICT r, float* HWY_RESTRICT g, float* HWY_RESTRICT b, const float* HWY_RESTRICT v,
                std::uint8_t* out, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) {
    const float scale = 255 / v[x];
    r[x] *= scale;
    g[x] *= scale;
    b[x] *= scale;
  }
  pack_row(r, g, b, out, n, 255, 0.5F);
}

void blur_behind(const FeatherJob& job, const Binding& binding) {
  constexpr int L = FeatherJob::kLanes;
  const auto* picture = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]);
  const auto* matte = reinterpret_cast<const float*>(binding.inputs[1]);
  auto* out = reinterpret_cast<std::uint8_t*>(binding.outputs[0]);
  const std::int64_t pixels = std::int64_t{job.h} * job.w;
  auto* maps = reinterpret_cast<float*>(binding.workspace);
  auto* lines = reinterpret_cast<double*>(binding.workspace +
                                          align_up(kBlurBehindMaps * static_cast<std::size_t>(pixels) * sizeof(float)));
#pragma omp parallel
  {
    double* work = lines + 2 * job.line_doubles() * static_cast<std::size_t>(omp_get_thread_num());
#pragma omp for schedule(static)
    for (int first = 0; first < job.h; first += L) {
      for (int y = first; y < std::min(first + L, job.h); ++y) {
        const std::int64_t at = std::int64_t{y} * job.w;
        float* row = maps + at;
        weigh_row(picture + 3 * at, matte + at, row, row + pixels, row + 2 * pixels, row + 3 * pixels, job.w);
      }
      for (int k = 0; k < kBlurBehindMaps; ++k) blur_rows(job, maps + k * pixels, maps + k * pixels, first, work);
    }
#pragma omp for schedule(static)
    for (int x = 0; x < job.w; x += L) {
      for (int k = 0; k < kBlurBehindMaps; ++k) blur_columns(job, maps + k * pixels, x, work);
    }
#pragma omp for schedule(static)
    for (int y = 0; y < job.h; ++y) {
      const std::int64_t at = std::int64_t{y} * job.w;
      float* row = maps + at;
      divide_row(row, row + pixels, row + 2 * pixels, row + 3 * pixels, out + 3 * at, job.w);
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(blur_behind);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const BlurBehind& op) {
  const Shape& shape = build.out(node).shape;
  const FeatherJob job(shape.h, shape.w, op.radius);
  const std::size_t maps = kBlurBehindMaps * sizeof(float) * static_cast<std::size_t>(shape.h) * shape.w;
  return kernel_of(
      simd_name(), [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(blur_behind)(job, binding); },
      align_up(maps) + 2 * job.line_doubles() * sizeof(double) * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
