// to_rgb, convert_planes, matte_to_planes and composite: source rows (source-inl.h) to planes.
#include "runtime/pixels/planes.h"

#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/planes.cpp"
#include <hwy/foreach_target.h>
#include "runtime/pixels/source-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

// ---- Sink: samples of planes ----------------------------------------------------------------------------------------

// The i-th of three samples: sum of weight * sample of the layers.
struct SampleRow {
  const float *r, *g, *b, *a;
  float mr, mg, mb, offset;
  HWY_INLINE float operator()(int x) const { return mr * r[x] + mg * g[x] + mb * b[x] + offset * a[x]; }
};

SampleRow sample_row(const PlanesJob& job, std::size_t i, const Scratch& rows) {
  const auto& m = job.to_samples.matrix[i];
  return {rows[Scratch::r],        rows[Scratch::g], rows[Scratch::b], rows[Scratch::a], m[0], m[1], m[2],
          job.to_samples.offset[i]};
}

// out = sum + (1 - a) frame, where there is a frame: the very frame where a is 0, without a trace of it where a is 1.
// The samples of frame and out are `step` apart.
template <typename T, typename Sum, typename Step = std::integral_constant<int, 1>>
void store_over(const Sum sum, const float* a, const T* frame, T* HWY_RESTRICT out, int n, float high, Step step = {}) {
  if (frame != nullptr) {
#pragma omp simd
    for (int x = 0; x < n; ++x) {
      const float v = sum(x) + (1 - a[x]) * static_cast<float>(frame[x * step]);
      out[x * step] = static_cast<T>(static_cast<int>(clip(v, high) + 0.5F));
    }
  } else {
#pragma omp simd
    for (int x = 0; x < n; ++x) out[x * step] = static_cast<T>(static_cast<int>(clip(sum(x), high) + 0.5F));
  }
}

template <typename T>
void write_packed(const PlanesJob& job, const Binding& binding, int y, const Scratch& rows) {
  const int w = job.width;
  float* channels[3] = {rows[Scratch::r], rows[Scratch::g], rows[Scratch::b]};
  float* frame[3] = {rows[Scratch::s0], rows[Scratch::s1], rows[Scratch::s2]};
  const float* HWY_RESTRICT a = rows[Scratch::a];
  const bool over = job.source == PlanesJob::Source::composite;
  if (over) unpack_row(row_of<const T>(binding.inputs[3], y, 3 * w), frame[0], frame[1], frame[2], w);
  for (std::size_t c = 0; c < 3 && (over || !job.to_samples.is_identity()); ++c) {
    const float scale = job.to_samples.matrix[c][c], offset = job.to_samples.offset[c];
    float* HWY_RESTRICT v = channels[c];
    const float* HWY_RESTRICT f = frame[c];
#pragma omp simd
    for (int x = 0; x < w; ++x) v[x] = scale * v[x] + offset * a[x] + (over ? (1 - a[x]) * f[x] : 0);
  }
  const float half = over && job.composite.truncate ? 0.0F : 0.5F;
  pack_row(channels[0], channels[1], channels[2], row_of<T>(binding.outputs[0], y, 3 * w), w, max_sample(job.to), half);
}

template <int kStep>
void reduce_row(const ChromaAxis& axis, float* HWY_RESTRICT in, int width, float* HWY_RESTRICT out, int n) {
  std::fill(in - kStep, in, in[0]);
  std::fill(in + width, in + width + kStep, in[width - 1]);
  std::fill(out, out + n, 0.0F);
  for (int k = 0; k < axis.tap_count; ++k) {
    const float tap = axis.taps[static_cast<std::size_t>(k)];
    const float* from = in + axis.tap_first + k;
#pragma omp simd
    for (int i = 0; i < n; ++i) out[i] += tap * from[kStep * i];
  }
}

void reduce_row(const ChromaAxis& axis, float* in, int width, float* out, int n) {
  if (axis.shift == 0) reduce_row<1>(axis, in, width, out, n);
  if (axis.shift == 1) reduce_row<2>(axis, in, width, out, n);
  if (axis.shift == 2) reduce_row<4>(axis, in, width, out, n);
}

// Writes chroma row j and the luma rows that belong to it (where all planes have the picture's size: row j of each).
template <typename T>
void write_rows(const PlanesJob& job, const Binding& binding, int j, const Scratch& rows) {
  const bool over = job.source == PlanesJob::Source::composite;
  const bool chroma_apart = job.to_rows.shift + job.to_columns.shift > 0 || job.to.semi_planar;
  const std::size_t full_planes = chroma_apart ? 1 : static_cast<std::size_t>(job.to.plane_count());
  const float high = max_sample(job.to);
  const int w = job.width;
  const float* a = rows[Scratch::a];
  const int first = j << job.to_rows.shift;
  for (int k = 0; k < job.to_rows.tap_count; ++k) {
    const int position = first + job.to_rows.tap_first + k;
    const int y = std::clamp(position, 0, job.height - 1);
    read_source(job, binding, y, rows);
    if (position == y && y >= first && job.to.model == PixelFormat::Model::rgb) {
      write_packed<T>(job, binding, y, rows);
    } else if (position == y && y >= first) {
      for (std::size_t i = 0; i < full_planes; ++i) {
        const T* frame = over ? row_of<const T>(binding.inputs[3 + i], y, w) : nullptr;
        store_over(sample_row(job, i, rows), a, frame, row_of<T>(binding.outputs[i], y, w), w, high);
      }
    }
    if (!chroma_apart) continue;
    const float tap = job.to_rows.taps[static_cast<std::size_t>(k)];
    const SampleRow u = sample_row(job, 1, rows), v = sample_row(job, 2, rows);
    float* HWY_RESTRICT sum_a = rows[Scratch::sum_a];
    float* HWY_RESTRICT sum_u = rows[Scratch::sum_u];
    float* HWY_RESTRICT sum_v = rows[Scratch::sum_v];
#pragma omp simd
    for (int x = 0; x < w; ++x) {
      sum_a[x] = (k > 0 ? sum_a[x] : 0) + tap * a[x];
      sum_u[x] = (k > 0 ? sum_u[x] : 0) + tap * u(x);
      sum_v[x] = (k > 0 ? sum_v[x] : 0) + tap * v(x);
    }
  }
  if (!chroma_apart) return;
  const int cw = chroma_size(w, job.to_columns.shift);
  float* chroma_a = rows[Scratch::s1];
  float* chroma = rows[Scratch::s2];
  reduce_row(job.to_columns, rows[Scratch::sum_a], w, chroma_a, cw);
  for (std::size_t i = 1; i < 3; ++i) {
    reduce_row(job.to_columns, rows[i == 1 ? Scratch::sum_u : Scratch::sum_v], w, chroma, cw);
    const PlanesJob::Samples to = chroma_samples(job.to, i);
    const T* frame = over ? row_of<const T>(binding.inputs[3 + to.plane], j, cw * to.step) + to.first : nullptr;
    T* out = row_of<T>(binding.outputs[to.plane], j, cw * to.step) + to.first;
    with_step(to.step,
              [&](auto step) { store_over([=](int x) { return chroma[x]; }, chroma_a, frame, out, cw, high, step); });
  }
}

void convert(const PlanesJob& job, const Binding& binding) {
  const int groups = chroma_size(job.height, job.to_rows.shift);
#pragma omp parallel for schedule(static)
  for (int j = 0; j < groups; ++j) {
    const Scratch rows(binding.workspace, job.width, omp_get_thread_num());
    with_sample_type(job.to, [&](auto sample) { write_rows<decltype(sample)>(job, binding, j, rows); });
  }
}

// Formats that differ only in depth, range and where they store Cb and Cr: each sample by itself.
void rescale_planes(const PlanesJob& job, const Binding& binding) {
  constexpr std::int64_t kBlock = 16384;
  for (const PlanesJob::Rescaled& r : job.rescaled) {
    const float high = max_sample(job.to), k = r.levels.scale, o = r.levels.offset;
    const auto loop = [&]<typename In, typename Out>(const In* HWY_RESTRICT in, auto in_step, Out* HWY_RESTRICT out,
                                                     auto out_step) {
#pragma omp parallel for schedule(static)
      for (std::int64_t begin = 0; begin < r.count; begin += kBlock) {
        const int n = static_cast<int>(std::min(kBlock, r.count - begin));
        const In* block = in + begin * in_step;
        store_over([=](int x) { return k * static_cast<float>(block[x * in_step]) + o; }, nullptr,
                   static_cast<Out*>(nullptr), out + begin * out_step, n, high, out_step);
      }
    };
    with_sample_type(job.from, [&](auto from) {
      with_sample_type(job.to, [&](auto to) {
        const auto* in = reinterpret_cast<const decltype(from)*>(binding.inputs[r.from.plane]) + r.from.first;
        auto* out = reinterpret_cast<decltype(to)*>(binding.outputs[r.to.plane]) + r.to.first;
        with_step(r.from.step, [&](auto in_step) {
          with_step(r.to.step, [&](auto out_step) { loop(in, in_step, out, out_step); });
        });
      });
    });
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(convert);
HWY_EXPORT(rescale_planes);

std::unique_ptr<Kernel> rescale_kernel(PlanesJob job) {
  const std::vector<Shape> shapes = job.to.plane_shapes(job.height, job.width);
  const bool yuv = job.to.model == PixelFormat::Model::yuv;
  for (std::size_t i = 0; i < (yuv ? 3 : shapes.size()); ++i) {
    PlanesJob::Rescaled r{
        .levels = rescale(job.from, job.to, static_cast<int>(i)), .from = {.plane = i}, .to = {.plane = i}};
    if (yuv && i > 0) {
      r.from = chroma_samples(job.from, i);
      r.to = chroma_samples(job.to, i);
    }
    r.count = shapes[r.to.plane].count() / r.to.step;
    job.rescaled.push_back(r);
  }
  return kernel_of(simd_name(),
                   [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(rescale_planes)(job, binding); });
}

std::unique_ptr<Kernel> copy_kernel(const PlanesJob& job) {
  std::vector<std::size_t> bytes;
  for (const Shape& shape : job.to.plane_shapes(job.height, job.width)) {
    bytes.push_back(static_cast<std::size_t>(shape.count()) * size_of(job.to.dtype()));
  }
  return kernel_of("copy", [bytes](const Binding& binding) {
    for (std::size_t i = 0; i < bytes.size(); ++i) std::memcpy(binding.outputs[i], binding.inputs[i], bytes[i]);
  });
}

std::unique_ptr<Kernel> convert_kernel(const Build& build, PlanesJob job) {
  job.rgb_from = rgb_from_samples(job.from);
  job.to_samples = samples_from_rgb(job.to);
  job.from_columns = chroma_columns(job.from);
  job.from_rows = chroma_rows(job.from);
  job.to_columns = chroma_columns(job.to);
  job.to_rows = chroma_rows(job.to);
  return kernel_of(
      simd_name(), [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(convert)(job, binding); },
      Scratch::bytes(job.width) * static_cast<std::size_t>(build.threads));
}

// `full_size` is a tensor of the picture's size.
PlanesJob job_of(const Layout& full_size, PlanesJob::Source source, const PixelFormat& from, const PixelFormat& to) {
  return {.source = source, .height = full_size.shape.h, .width = full_size.shape.w, .from = from, .to = to};
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ConvertPlanes& op) {
  const PlanesJob job = job_of(build.in(node), PlanesJob::Source::planes, op.from, op.to);
  if (op.from == op.to) return copy_kernel(job);
  return differ_in_levels_only(op.from, op.to) ? rescale_kernel(job) : convert_kernel(build, job);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ToRgb& op) {
  return make_kernel(build, node, ConvertPlanes{op.format, PixelFormat{}});
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteToPlanes& op) {
  return convert_kernel(build, job_of(build.in(node), PlanesJob::Source::matte, PixelFormat{}, op.format));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Composite& op) {
  PlanesJob job = job_of(build.in(node, 3), PlanesJob::Source::composite, PixelFormat{}, op.format);
  job.composite = op;
  job.has_matte = has_input(node, 0);
  job.has_painted = has_input(node, 1);
  if (job.has_painted) job.painted_width = build.in(node, 1).shape.w;
  return convert_kernel(build, std::move(job));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
