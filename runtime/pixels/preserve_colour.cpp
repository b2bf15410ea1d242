// The light and dark of the paint in the colours of the frame.
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/preserve_colour.cpp"
#include <hwy/foreach_target.h>
#include "runtime/pixels/rows-inl.h"
// clang-format on

#ifndef IMPASTO_PRESERVE_COLOUR_JOB
#define IMPASTO_PRESERVE_COLOUR_JOB
namespace impasto::cpu {

struct PreserveColourJob {
  int h, w, painted_w;
  PreserveColour op;

  // Three rows of paint, three of the frame.
  [[nodiscard]] std::size_t thread_floats() const { return (6 * static_cast<std::size_t>(w) + 15) / 16 * 16; }
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

// How far from luma y one may go by c, in units of c, before 0 or 255 is met. No branches, for the vectoriser.
HWY_INLINE float room(float y, float c) {
  const float way = c > 0 ? 255 - y : y;
  const float size = c > 0 ? c : -c;
  const float far = way / (size > 0 ? size : 1);
  return size > 0 ? far : 1;
}

// Three rows of floats to packed triples.
HWY_INLINE void pack_floats(const float* r, const float* g, const float* b, float* out, int n) {
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= n; x += lanes) {
    hn::StoreInterleaved3(hn::LoadU(d, r + x), hn::LoadU(d, g + x), hn::LoadU(d, b + x), d, out + 3 * x);
  }
  for (; x < n; ++x) {
    out[3 * x] = r[x];
    out[3 * x + 1] = g[x];
    out[3 * x + 2] = b[x];
  }
}

void preserve_colour(const PreserveColourJob& job, const Binding& binding) {
  const int n = job.w;
  const float scale = job.op.painted_scale, kr = job.op.kr, kb = job.op.kb, kg = 1 - kr - kb;
#pragma omp parallel
  {
    float* HWY_RESTRICT s = reinterpret_cast<float*>(binding.workspace) +
                            job.thread_floats() * static_cast<std::size_t>(omp_get_thread_num());
    float* HWY_RESTRICT f = s + 3 * n;
#pragma omp for schedule(static)
    for (int y = 0; y < job.h; ++y) {
      unpack_row(reinterpret_cast<const float*>(binding.inputs[0]) + std::int64_t{3} * y * job.painted_w, s, s + n,
                 s + 2 * n, n);
      unpack_row(reinterpret_cast<const std::uint8_t*>(binding.inputs[1]) + std::int64_t{3} * y * n, f, f + n,
                 f + 2 * n, n);
#pragma omp simd
      for (int x = 0; x < n; ++x) {
        const float light =
            kr * clip(s[x] * scale, 255) + kg * clip(s[n + x] * scale, 255) + kb * clip(s[2 * n + x] * scale, 255);
        const float dark = kr * f[x] + kg * f[n + x] + kb * f[2 * n + x];
        const float r = f[x] - dark, g = f[n + x] - dark, b = f[2 * n + x] - dark;
        float t = 1;
        for (const float far : {room(light, r), room(light, g), room(light, b)}) t = far < t ? far : t;
        s[x] = light + t * r;
        s[n + x] = light + t * g;
        s[2 * n + x] = light + t * b;
      }
      pack_floats(s, s + n, s + 2 * n, reinterpret_cast<float*>(binding.outputs[0]) + std::int64_t{3} * y * n, n);
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(preserve_colour);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PreserveColour& op) {
  const Shape& size = build.out(node).shape;
  const PreserveColourJob job{size.h, size.w, build.in(node).shape.w, op};
  return kernel_of(
      simd_name(), [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(preserve_colour)(job, binding); },
      job.thread_floats() * sizeof(float) * static_cast<std::size_t>(build.threads));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
