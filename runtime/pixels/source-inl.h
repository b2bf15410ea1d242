// Where rows of R,G,B come from: planes of a format, a matte, or what a composite lays on the frame. Compiled for each
// instruction set.

#if defined(IMPASTO_PIXEL_SOURCE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef IMPASTO_PIXEL_SOURCE_INL
#undef IMPASTO_PIXEL_SOURCE_INL
#else
#define IMPASTO_PIXEL_SOURCE_INL
#endif

#include "runtime/pixels/planes.h"
#include "runtime/pixels/rows-inl.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

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

// Row y of the Cb (k = 1) or Cr (k = 2) of job.from at luma resolution.
template <typename T>
void read_chroma(const PlanesJob& job, const Binding& binding, std::size_t k, int y, const Scratch& rows, float* out) {
  const ChromaAxis& down = job.from_rows;
  const ChromaAxis& across = job.from_columns;
  const int w = chroma_size(job.width, across.shift), h = chroma_size(job.height, down.shift);
  const PlanesJob::Samples from = chroma_samples(job.from, k);
  const auto row = [&](int at) {
    return row_of<const T>(binding.inputs[from.plane], std::clamp(at, 0, h - 1), w * from.step) + from.first;
  };
  if (down.shift == 0 && across.shift == 0 && from.step == 1) return load_row(row(y), out, w);
  const auto [first, weight] = down.phases[static_cast<std::size_t>(y & ((1 << down.shift) - 1))];
  const T* above = row((y >> down.shift) + first);
  const T* below = row((y >> down.shift) + first + 1);
  float* HWY_RESTRICT chroma = rows[Scratch::s0];
  with_step(from.step, [&, weight = weight](auto step) {
#pragma omp simd
    for (int x = 0; x < w; ++x) {
      const auto v = static_cast<float>(above[x * step]);
      chroma[x] = v + weight * (static_cast<float>(below[x * step]) - v);
    }
  });
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
      read_chroma<T>(job, binding, 1, y, rows, g);
      read_chroma<T>(job, binding, 2, y, rows, b);
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
  } else {
    unpack_row(row_of<const float>(binding.inputs[1], y, 3 * job.painted_width), r, g, b, w);
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

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
