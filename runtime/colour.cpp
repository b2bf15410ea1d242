#include "runtime/colour.h"

#include <cmath>
#include <cstddef>

namespace impasto {
namespace {

void set_row(Affine& affine, std::size_t row, double r, double g, double b, double offset) {
  affine.matrix[row] = {static_cast<float>(r), static_cast<float>(g), static_cast<float>(b)};
  affine.offset[row] = static_cast<float>(offset);
}

}  // namespace

Levels luma_levels(const PixelFormat& format) {
  if (format.range == PixelFormat::Range::full) return {0, (std::exp2(format.depth) - 1) / 255};
  const double unit = std::exp2(format.depth - 8);
  return {16 * unit, 219 * unit / 255};
}

Levels chroma_levels(const PixelFormat& format) {
  const double middle = std::exp2(format.depth - 1);
  if (format.range == PixelFormat::Range::full) return {middle, (std::exp2(format.depth) - 1) / 255};
  return {middle, 224 * std::exp2(format.depth - 8) / 255};
}

bool differ_in_levels_only(const PixelFormat& from, const PixelFormat& to) {
  PixelFormat same = from;
  same.depth = to.depth;
  same.range = to.range;
  same.semi_planar = to.semi_planar;
  return same == to;
}

Rescale rescale(const PixelFormat& from, const PixelFormat& to, int sample) {
  const bool chroma = to.model == PixelFormat::Model::yuv && sample > 0;
  const Levels in = chroma ? chroma_levels(from) : luma_levels(from);
  const Levels out = chroma ? chroma_levels(to) : luma_levels(to);
  const double scale = out.scale / in.scale;
  return {static_cast<float>(scale), static_cast<float>(out.offset - scale * in.offset)};
}

bool Affine::is_identity() const noexcept {
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      if (matrix[i][j] != (i == j ? 1.0F : 0.0F)) return false;
    }
    if (offset[i] != 0) return false;
  }
  return true;
}

Affine samples_from_rgb(const PixelFormat& format) {
  const auto [offset, scale] = luma_levels(format);
  const double kr = format.kr, kb = format.kb, kg = 1 - kr - kb;
  Affine a;
  switch (format.model) {
    case PixelFormat::Model::rgb:
      set_row(a, 0, scale, 0, 0, offset);
      set_row(a, 1, 0, scale, 0, offset);
      set_row(a, 2, 0, 0, scale, offset);
      break;
    case PixelFormat::Model::gbr:
      set_row(a, 0, 0, scale, 0, offset);
      set_row(a, 1, 0, 0, scale, offset);
      set_row(a, 2, scale, 0, 0, offset);
      break;
    case PixelFormat::Model::grey:
      set_row(a, 0, kr * scale, kg * scale, kb * scale, offset);
      break;
    case PixelFormat::Model::yuv: {
      const Levels chroma = chroma_levels(format);
      const double u = chroma.scale / (2 * (1 - kb)), v = chroma.scale / (2 * (1 - kr));
      set_row(a, 0, kr * scale, kg * scale, kb * scale, offset);
      set_row(a, 1, -kr * u, -kg * u, (1 - kb) * u, chroma.offset);
      set_row(a, 2, (1 - kr) * v, -kg * v, -kb * v, chroma.offset);
      break;
    }
  }
  return a;
}

Affine rgb_from_samples(const PixelFormat& format) {
  const auto [offset, scale] = luma_levels(format);
  const double kr = format.kr, kb = format.kb, kg = 1 - kr - kb;
  const double s = 1 / scale, o = -offset / scale;
  Affine a;
  switch (format.model) {
    case PixelFormat::Model::rgb:
      set_row(a, 0, s, 0, 0, o);
      set_row(a, 1, 0, s, 0, o);
      set_row(a, 2, 0, 0, s, o);
      break;
    case PixelFormat::Model::gbr:
      set_row(a, 0, 0, 0, s, o);
      set_row(a, 1, s, 0, 0, o);
      set_row(a, 2, 0, s, 0, o);
      break;
    case PixelFormat::Model::grey:
      for (std::size_t i = 0; i < 3; ++i) set_row(a, i, s, 0, 0, o);
      break;
    case PixelFormat::Model::yuv: {
      const Levels chroma = chroma_levels(format);
      const double b_cb = 2 * (1 - kb) / chroma.scale, r_cr = 2 * (1 - kr) / chroma.scale;
      const double g_cb = -kb / kg * b_cb, g_cr = -kr / kg * r_cr;
      set_row(a, 0, s, 0, r_cr, o - r_cr * chroma.offset);
      set_row(a, 1, s, g_cb, g_cr, o - (g_cb + g_cr) * chroma.offset);
      set_row(a, 2, s, b_cb, 0, o - b_cb * chroma.offset);
      break;
    }
  }
  return a;
}

ChromaAxis chroma_axis(int shift, bool centred) {
  const int step = 1 << shift;
  const double site = centred ? (step - 1) / 2.0 : 0;
  ChromaAxis axis{.shift = shift, .centred = centred};
  for (int x = 0; x < step; ++x) {
    const double t = (x - site) / step;
    axis.phases[static_cast<std::size_t>(x)] = {static_cast<int>(std::floor(t)), static_cast<float>(t - std::floor(t))};
  }
  axis.tap_first = centred ? 0 : 1 - step;
  axis.tap_count = centred ? step : 2 * step - 1;
  for (int k = 0; k < axis.tap_count; ++k) {
    const double tent = (1 - std::abs(axis.tap_first + k) / static_cast<double>(step)) / step;
    axis.taps[static_cast<std::size_t>(k)] = static_cast<float>(centred ? 1.0 / step : tent);
  }
  return axis;
}

ChromaAxis chroma_columns(const PixelFormat& format) {
  if (format.model != PixelFormat::Model::yuv) return chroma_axis(0, false);
  const bool centred = format.site == PixelFormat::Site::centre || format.site == PixelFormat::Site::top;
  return chroma_axis(format.log2_chroma_w, centred);
}

ChromaAxis chroma_rows(const PixelFormat& format) {
  if (format.model != PixelFormat::Model::yuv) return chroma_axis(0, false);
  const bool centred = format.site == PixelFormat::Site::left || format.site == PixelFormat::Site::centre;
  return chroma_axis(format.log2_chroma_h, centred);
}

}  // namespace impasto
