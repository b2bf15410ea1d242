#include "runtime/cpu/pixels/planes.h"

#include "runtime/error.h"

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstring>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/pixels/planes.cpp"
#include <hwy/foreach_target.h>
#include "runtime/cpu/pixels/rows-inl.h"
// clang-format on

// Scratch rows of floats, of which each thread has one set. Rows that a chroma filter reads have room on both sides.
#ifndef IMPASTO_PLANES_SCRATCH
#define IMPASTO_PLANES_SCRATCH
namespace impasto::pixels {

struct Scratch {
  static constexpr std::size_t kMargin = 16;
  enum Row { r, g, b, a, behind, s0, s1, s2, sum_a, sum_u, sum_v, row_count };

  static std::size_t stride(int width) { return (static_cast<std::size_t>(width) + 15) / 16 * 16 + 2 * kMargin; }
  static std::size_t bytes(int width) { return stride(width) * row_count * sizeof(float); }

  Scratch(std::byte* workspace, int width, int thread)
      : base(reinterpret_cast<float*>(workspace + bytes(width) * static_cast<std::size_t>(thread)) + kMargin),
        row_stride(stride(width)) {}
  [[nodiscard]] float* operator[](Row row) const { return base + row_stride * row; }

  float* base;
  std::size_t row_stride;
};

// Calls function(T{}) with the type that stores samples of a format.
template <typename Function>
void with_sample_type(const PixelFormat& format, Function&& function) {
  if (format.dtype() == DType::u8) {
    function(std::uint8_t{});
  } else {
    function(std::uint16_t{});
  }
}

inline float max_sample(const PixelFormat& format) {
  return static_cast<float>((1 << format.depth) - 1);
}

template <typename T>
T* row_of(std::byte* plane, int y, int row_length) {
  return reinterpret_cast<T*>(plane) + static_cast<std::size_t>(y) * static_cast<std::size_t>(row_length);
}

inline int chroma_size(int size, int shift) {
  return (size + (1 << shift) - 1) >> shift;
}

}  // namespace impasto::pixels
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::pixels::HWY_NAMESPACE {

// ---- Source: a row of R,G,B -----------------------------------------------------------------------------------------

// Luma position x from chroma sample x / kStep and its neighbours; `in` may be read at -1 and n.
template <int kStep>
void enlarge_row(const ChromaAxis& axis, const float* HWY_RESTRICT in, float* HWY_RESTRICT out, int n) {
  const float* from[kStep];
  float weight[kStep];
  for (int p = 0; p < kStep; ++p) {
    from[p] = in + axis.phases[static_cast<std::size_t>(p)].first;
    weight[p] = axis.phases[static_cast<std::size_t>(p)].weight;
  }
#pragma omp simd
  for (int i = 0; i < n; ++i) {
    for (int p = 0; p < kStep; ++p) out[kStep * i + p] = from[p][i] + weight[p] * (from[p][i + 1] - from[p][i]);
  }
}

// Row y of a chroma plane of job.from at luma resolution.
template <typename T>
void read_chroma(const PlanesJob& job, std::byte* plane, int y, const Scratch& rows, float* out) {
  const ChromaAxis& down = job.from_rows;
  const ChromaAxis& across = job.from_columns;
  const int w = chroma_size(job.width, across.shift), h = chroma_size(job.height, down.shift);
  if (down.shift == 0 && across.shift == 0) return load_row(row_of<T>(plane, y, w), out, w);
  const auto [first, weight] = down.phases[static_cast<std::size_t>(y & ((1 << down.shift) - 1))];
  const T* above = row_of<T>(plane, std::clamp((y >> down.shift) + first, 0, h - 1), w);
  const T* below = row_of<T>(plane, std::clamp((y >> down.shift) + first + 1, 0, h - 1), w);
  float* HWY_RESTRICT chroma = rows[Scratch::s0];
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    const auto v = static_cast<float>(above[x]);
    chroma[x] = v + weight * (static_cast<float>(below[x]) - v);
  }
  chroma[-1] = chroma[0];
  chroma[w] = chroma[w - 1];
  if (across.shift == 0) enlarge_row<1>(across, chroma, out, w);
  if (across.shift == 1) enlarge_row<2>(across, chroma, out, w);
  if (across.shift == 2) enlarge_row<4>(across, chroma, out, w);
}

template <typename T>
void read_planes(const PlanesJob& job, const Binding& binding, int y, const Scratch& rows) {
  float* HWY_RESTRICT r = rows[Scratch::r];
  float* HWY_RESTRICT g = rows[Scratch::g];
  float* HWY_RESTRICT b = rows[Scratch::b];
  const int w = job.width;
  switch (job.from.model) {
    case PixelFormat::Model::rgb:
      unpack_row(row_of<T>(binding.inputs[0], y, 3 * w), r, g, b, w);
      break;
    case PixelFormat::Model::grey:
      load_row(row_of<T>(binding.inputs[0], y, w), r, w);
      std::copy(r, r + w, g);
      std::copy(r, r + w, b);
      break;
    case PixelFormat::Model::gbr:
      load_row(row_of<T>(binding.inputs[0], y, w), r, w);
      load_row(row_of<T>(binding.inputs[1], y, w), g, w);
      load_row(row_of<T>(binding.inputs[2], y, w), b, w);
      break;
    case PixelFormat::Model::yuv:
      load_row(row_of<T>(binding.inputs[0], y, w), r, w);
      read_chroma<T>(job, binding.inputs[1], y, rows, g);
      read_chroma<T>(job, binding.inputs[2], y, rows, b);
      break;
  }
  if (job.rgb_from.is_identity()) return;
  const auto [m, o] = job.rgb_from;
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    const float s0 = r[x], s1 = g[x], s2 = b[x];
    r[x] = m[0][0] * s0 + m[0][1] * s1 + m[0][2] * s2 + o[0];
    g[x] = m[1][0] * s0 + m[1][1] * s1 + m[1][2] * s2 + o[1];
    b[x] = m[2][0] * s0 + m[2][1] * s1 + m[2][2] * s2 + o[2];
  }
}

// r,g,b = sum of weight * colour over what is laid on the frame, a = sum of the weights.
void read_layers(const PlanesJob& job, const Binding& binding, int y, const Scratch& rows) {
  float* HWY_RESTRICT r = rows[Scratch::r];
  float* HWY_RESTRICT g = rows[Scratch::g];
  float* HWY_RESTRICT b = rows[Scratch::b];
  float* HWY_RESTRICT a = rows[Scratch::a];
  float* HWY_RESTRICT behind = rows[Scratch::behind];  // weight of what stands behind, if that is not the frame
  const Composite& op = job.composite;
  const int w = job.width;
  const bool replaced = op.behind != Composite::Behind::frame;
  const float inside = job.has_painted ? op.paint_inside : 0;
  const float outside = job.has_painted && !replaced ? op.paint_outside : 0;
  if (job.has_matte) {
    const float* matte = row_of<float>(binding.inputs[0], y, w);
#pragma omp simd
    for (int x = 0; x < w; ++x) {
      a[x] = outside + matte[x] * (inside - outside);
      behind[x] = replaced ? 1 - matte[x] : 0;
    }
  } else {
    std::fill(a, a + w, inside);
    std::fill(behind, behind + w, 0.0F);
  }

  if (!job.has_painted) {
    for (float* row : {r, g, b}) std::fill(row, row + w, 0.0F);
  } else if (job.painted_dtype == DType::f32) {
    unpack_row(row_of<const float>(binding.inputs[1], y, 3 * job.painted_width), r, g, b, w);
  } else {
    const auto* painted = row_of<const std::uint16_t>(binding.inputs[1], y, 3 * job.painted_width);
#pragma omp simd
    for (int x = 0; x < w; ++x) {
      r[x] = std::bit_cast<float>(static_cast<std::uint32_t>(painted[3 * x]) << 16);
      g[x] = std::bit_cast<float>(static_cast<std::uint32_t>(painted[3 * x + 1]) << 16);
      b[x] = std::bit_cast<float>(static_cast<std::uint32_t>(painted[3 * x + 2]) << 16);
    }
  }
  const float scale = op.painted_scale;
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    r[x] = a[x] * clip(r[x] * scale, 255);
    g[x] = a[x] * clip(g[x] * scale, 255);
    b[x] = a[x] * clip(b[x] * scale, 255);
    a[x] += behind[x];
  }
  if (!replaced) return;

  float* HWY_RESTRICT s0 = rows[Scratch::s0];
  float* HWY_RESTRICT s1 = rows[Scratch::s1];
  float* HWY_RESTRICT s2 = rows[Scratch::s2];
  if (op.behind == Composite::Behind::picture) {
    unpack_row(row_of<const std::uint8_t>(binding.inputs[2], y, 3 * w), s0, s1, s2, w);
  } else {
    std::fill(s0, s0 + w, static_cast<float>(op.colour[0]));
    std::fill(s1, s1 + w, static_cast<float>(op.colour[1]));
    std::fill(s2, s2 + w, static_cast<float>(op.colour[2]));
  }
#pragma omp simd
  for (int x = 0; x < w; ++x) {
    r[x] += behind[x] * s0[x];
    g[x] += behind[x] * s1[x];
    b[x] += behind[x] * s2[x];
  }
}

void read_source(const PlanesJob& job, const Binding& binding, int y, const Scratch& rows) {
  if (job.source == PlanesJob::Source::composite) return read_layers(job, binding, y, rows);
  std::fill(rows[Scratch::a], rows[Scratch::a] + job.width, 1.0F);
  if (job.source == PlanesJob::Source::matte) {
    const float* matte = row_of<const float>(binding.inputs[0], y, job.width);
    for (int x = 0; x < job.width; ++x) {
      rows[Scratch::r][x] = rows[Scratch::g][x] = rows[Scratch::b][x] = 255 * matte[x];
    }
  } else {
    with_sample_type(job.from, [&](auto sample) { read_planes<decltype(sample)>(job, binding, y, rows); });
  }
}

// ---- Sink: samples of planes
// ------------------------------------------------------------------------------------------

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
template <typename T, typename Sum>
void store_over(const Sum sum, const float* a, const T* frame, T* HWY_RESTRICT out, int n, float high) {
  if (frame != nullptr) {
#pragma omp simd
    for (int x = 0; x < n; ++x) {
      const float v = sum(x) + (1 - a[x]) * static_cast<float>(frame[x]);
      out[x] = static_cast<T>(static_cast<int>(clip(v, high) + 0.5F));
    }
  } else {
#pragma omp simd
    for (int x = 0; x < n; ++x) out[x] = static_cast<T>(static_cast<int>(clip(sum(x), high) + 0.5F));
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

// Writes chroma row j and the luma rows that belong to it (formats without subsampling: row j of all planes).
template <typename T>
void write_rows(const PlanesJob& job, const Binding& binding, int j, const Scratch& rows) {
  const bool over = job.source == PlanesJob::Source::composite;
  const bool subsampled = job.to_rows.shift + job.to_columns.shift > 0;
  const std::size_t full_planes = subsampled ? 1 : static_cast<std::size_t>(job.to.plane_count());
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
    if (!subsampled) continue;
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
  if (!subsampled) return;
  const int cw = chroma_size(w, job.to_columns.shift);
  float* chroma_a = rows[Scratch::s1];
  float* chroma = rows[Scratch::s2];
  reduce_row(job.to_columns, rows[Scratch::sum_a], w, chroma_a, cw);
  for (std::size_t i = 1; i < 3; ++i) {
    reduce_row(job.to_columns, rows[i == 1 ? Scratch::sum_u : Scratch::sum_v], w, chroma, cw);
    const T* frame = over ? row_of<const T>(binding.inputs[3 + i], j, cw) : nullptr;
    store_over([=](int x) { return chroma[x]; }, chroma_a, frame, row_of<T>(binding.outputs[i], j, cw), cw, high);
  }
}

void convert(const PlanesJob& job, const Binding& binding) {
  const int groups = chroma_size(job.height, job.to_rows.shift);
#pragma omp parallel for num_threads(job.threads) schedule(static)
  for (int j = 0; j < groups; ++j) {
    const Scratch rows(binding.workspace, job.width, omp_get_thread_num());
    with_sample_type(job.to, [&](auto sample) { write_rows<decltype(sample)>(job, binding, j, rows); });
  }
}

// Formats that differ in depth and range only: each sample by itself.
void rescale(const PlanesJob& job, const Binding& binding) {
  constexpr std::int64_t kBlock = 16384;
  for (std::size_t i = 0; i < static_cast<std::size_t>(job.to.plane_count()); ++i) {
    const auto [count, scale, offset] = job.rescaled[i];
    const auto loop = [&]<typename In, typename Out>(const In* HWY_RESTRICT in, Out* HWY_RESTRICT out) {
      const float high = max_sample(job.to), k = scale, o = offset;
#pragma omp parallel for num_threads(job.threads) schedule(static)
      for (std::int64_t begin = 0; begin < count; begin += kBlock) {
        const int n = static_cast<int>(std::min(kBlock, count - begin));
        store_over([=](int x) { return k * static_cast<float>(in[begin + x]) + o; }, nullptr,
                   static_cast<Out*>(nullptr), out + begin, n, high);
      }
    };
    with_sample_type(job.from, [&](auto from) {
      with_sample_type(job.to, [&](auto to) {
        loop(reinterpret_cast<const decltype(from)*>(binding.inputs[i]),
             reinterpret_cast<decltype(to)*>(binding.outputs[i]));
      });
    });
  }
}

}  // namespace impasto::pixels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::pixels {
namespace {

HWY_EXPORT(convert);
HWY_EXPORT(rescale);

class PlanesKernel final : public Kernel {
 public:
  explicit PlanesKernel(PlanesJob job) : job_(std::move(job)) {
    job_.threads = omp_get_max_threads();
    job_.rgb_from = rgb_from_samples(job_.from);
    job_.to_samples = samples_from_rgb(job_.to);
    const auto columns = [](const PixelFormat& f) {
      return f.model == PixelFormat::Model::yuv ? chroma_columns(f) : chroma_axis(0, false);
    };
    const auto rows = [](const PixelFormat& f) {
      return f.model == PixelFormat::Model::yuv ? chroma_rows(f) : chroma_axis(0, false);
    };
    job_.from_columns = columns(job_.from);
    job_.from_rows = rows(job_.from);
    job_.to_columns = columns(job_.to);
    job_.to_rows = rows(job_.to);
    if (job_.source == PlanesJob::Source::planes) choose_shortcut();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "pixels"; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return job_.how == PlanesJob::How::convert ? Scratch::bytes(job_.width) * static_cast<std::size_t>(job_.threads)
                                               : 0;
  }

  void run(const Binding& binding) override {
    switch (job_.how) {
      case PlanesJob::How::copy:
        for (std::size_t i = 0; i < static_cast<std::size_t>(job_.to.plane_count()); ++i) {
          const auto bytes = static_cast<std::size_t>(job_.rescaled[i].count) * size_of(job_.to.dtype());
          std::memcpy(binding.outputs[i], binding.inputs[i], bytes);
        }
        break;
      case PlanesJob::How::rescale:
        HWY_DYNAMIC_DISPATCH(rescale)(job_, binding);
        break;
      case PlanesJob::How::convert:
        HWY_DYNAMIC_DISPATCH(convert)(job_, binding);
        break;
    }
  }

 private:
  void choose_shortcut() {
    PixelFormat same = job_.from;
    same.depth = job_.to.depth;
    same.range = job_.to.range;
    if (!(same == job_.to)) return;
    job_.how = job_.from == job_.to ? PlanesJob::How::copy : PlanesJob::How::rescale;
    const std::vector<Shape> shapes = job_.to.plane_shapes(job_.height, job_.width);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const bool chroma = job_.to.model == PixelFormat::Model::yuv && i > 0;
      const Levels in = chroma ? chroma_levels(job_.from) : luma_levels(job_.from);
      const Levels out = chroma ? chroma_levels(job_.to) : luma_levels(job_.to);
      const double scale = out.scale / in.scale;
      job_.rescaled[i] = {shapes[i].count(), static_cast<float>(scale),
                          static_cast<float>(out.offset - scale * in.offset)};
    }
  }

  PlanesJob job_;
};

PlanesJob job_of(const Graph& graph, TensorId full_size, PlanesJob::Source source, const PixelFormat& from,
                 const PixelFormat& to) {
  const Shape& shape = graph.tensor(full_size).shape;
  PlanesJob job;
  job.source = source;
  job.height = shape.h;
  job.width = shape.w;
  job.from = from;
  job.to = to;
  return job;
}

}  // namespace

std::unique_ptr<Kernel> make_to_rgb(const Graph& graph, const Node& node) {
  const auto& op = std::get<ToRgb>(node.op);
  return std::make_unique<PlanesKernel>(
      job_of(graph, node.inputs[0], PlanesJob::Source::planes, op.format, PixelFormat{}));
}

std::unique_ptr<Kernel> make_convert_planes(const Graph& graph, const Node& node) {
  const auto& op = std::get<ConvertPlanes>(node.op);
  return std::make_unique<PlanesKernel>(job_of(graph, node.inputs[0], PlanesJob::Source::planes, op.from, op.to));
}

std::unique_ptr<Kernel> make_matte_to_planes(const Graph& graph, const Node& node) {
  const auto& op = std::get<MatteToPlanes>(node.op);
  return std::make_unique<PlanesKernel>(
      job_of(graph, node.inputs[0], PlanesJob::Source::matte, PixelFormat{}, op.format));
}

std::unique_ptr<Kernel> make_composite(const Graph& graph, const Node& node) {
  const auto& op = std::get<Composite>(node.op);
  PlanesJob job = job_of(graph, node.inputs[3], PlanesJob::Source::composite, PixelFormat{}, op.format);
  job.composite = op;
  job.has_matte = node.inputs[0] != kAbsent;
  job.has_painted = node.inputs[1] != kAbsent;
  if (job.has_painted) {
    const TensorInfo& painted = graph.tensor(node.inputs[1]);
    if (painted.dtype != DType::f32 && painted.dtype != DType::bf16) {
      fail("{}: the painted frame is {}, expected f32 or bf16 on the cpu", node.name, to_string(painted.dtype));
    }
    job.painted_dtype = painted.dtype;
    job.painted_width = painted.shape.w;
  }
  return std::make_unique<PlanesKernel>(std::move(job));
}

}  // namespace impasto::pixels
#endif  // HWY_ONCE
