// A picture as planes of samples, for color and composite: how samples lie, where chroma lies, and what a sample is
// made of. Formulas: docs/frame.md, "Colour" and "Layers".
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace impasto::IMPASTO_TARGET {

// rgb: one plane of packed R,G,B.  yuv: three planes, those of Cb and Cr perhaps smaller.  gbr: three planes.
// grey: one plane.  chroma: a picture of Cb and Cr alone, two planes.
enum class PlaneModel { rgb, yuv, gbr, grey, chroma };
enum class SampleType { u8, u16, f32 };

// One axis of the planes of Cb and Cr: sample i lies at luma position i step + (centred ? (step - 1) / 2 : 0).
struct ChromaAxis {
  int shift = 0;
  bool centred = false;
  float unit = 1;  // 1 / step

  [[nodiscard]] __host__ __device__ int step() const { return 1 << shift; }
  // Samples of a plane for `size` luma samples.
  [[nodiscard]] __host__ __device__ int count(int size) const { return (size + step() - 1) >> shift; }
};
[[nodiscard]] constexpr ChromaAxis chroma_axis(int shift, bool centred) {
  return {shift, centred, 1.0F / static_cast<float>(1 << shift)};
}

struct PlaneFormat {
  PlaneModel model = PlaneModel::rgb;
  SampleType type = SampleType::u8;
  float high = 255;  // the largest code
  ChromaAxis columns{}, rows{};
  bool semi_planar = false;  // yuv, chroma: one plane of Cb,Cr in turns instead of two

  [[nodiscard]] __host__ __device__ int planes() const {
    if (model == PlaneModel::yuv) return semi_planar ? 2 : 3;
    if (model == PlaneModel::chroma) return semi_planar ? 1 : 2;
    return model == PlaneModel::gbr ? 3 : 1;
  }
  [[nodiscard]] __host__ __device__ bool is_chroma(int plane) const { return model == PlaneModel::yuv && plane > 0; }
  // Planes of the picture's size; of a yuv picture, all or that of Y alone.
  [[nodiscard]] __host__ __device__ int full_planes() const {
    const bool chroma_apart = model == PlaneModel::yuv && (columns.shift + rows.shift > 0 || semi_planar);
    return chroma_apart ? 1 : planes();
  }
  // From one sample of Cb or Cr to the next.
  [[nodiscard]] __host__ __device__ int chroma_step() const { return semi_planar ? 2 : 1; }
};

// out[i] = sum_j matrix[i][j] in[j] + offset[i]. Samples come in the order of their planes, or R,G,B.
struct Affine {
  float matrix[3][3] = {};
  float offset[3] = {};
};

template <typename T>
struct Planes {
  T* plane[3] = {};
};
// Where a format's planes begin; and where Cr does, if it has none of its own.
template <typename T, typename Void>
[[nodiscard]] Planes<T> planes_of(const PlaneFormat& f, Void* const (&planes)[3]) {
  Planes<T> typed{{static_cast<T*>(planes[0]), static_cast<T*>(planes[1]), static_cast<T*>(planes[2])}};
  if (f.semi_planar) typed.plane[f.planes()] = typed.plane[f.planes() - 1] + 1;
  return typed;
}

// Calls function(T{}) with the type that stores codes.
template <typename Function>
void with_codes(SampleType type, const Function& function) {
  if (type == SampleType::u8) {
    function(std::uint8_t{});
  } else {
    function(std::uint16_t{});
  }
}

struct PlaneExtent {
  int h = 0, w = 0, c = 1;
};
[[nodiscard]] __host__ __device__ inline PlaneExtent plane_extent(const PlaneFormat& f, int plane, int h, int w) {
  if (f.is_chroma(plane)) return {f.rows.count(h), f.columns.count(w), f.chroma_step()};
  if (f.model == PlaneModel::chroma) return {h, w, f.chroma_step()};
  return {h, w, f.model == PlaneModel::rgb ? 3 : 1};
}
// Samples of the largest plane.
[[nodiscard]] inline int most_samples(const PlaneFormat& f, int h, int w) {
  int most = 0;
  for (int plane = 0; plane < f.planes(); ++plane) {
    const PlaneExtent extent = plane_extent(f, plane, h, w);
    most = std::max(most, extent.h * extent.w * extent.c);
  }
  return most;
}

// The nearest of 0 .. count - 1.
[[nodiscard]] __host__ __device__ inline int clamped(int i, int count) {
  return i < 0 ? 0 : i < count ? i : count - 1;
}

// What lies on a pixel: the sum of weight * colour over its layers (R,G,B, 0..255), and the sum of the weights.
struct Layer {
  float r = 0, g = 0, b = 0, a = 0;
};
__device__ inline void accumulate(Layer& sum, float weight, const Layer& layer) {
  sum.r += weight * layer.r;
  sum.g += weight * layer.g;
  sum.b += weight * layer.b;
  sum.a += weight * layer.a;
}

// The footprint of chroma sample i along an axis: luma sample i step + k for k from footprint_first to step - 1, with
// a weight in units of 1 / step^2. Where the two coincide the weights are a tent, else a box.
[[nodiscard]] __device__ inline int footprint_first(const ChromaAxis& axis) {
  return axis.centred ? 0 : 1 - axis.step();
}
[[nodiscard]] __device__ inline float footprint_weight(const ChromaAxis& axis, int k) {
  const int step = axis.step();
  const int distance = k < 0 ? -k : k;
  const int box = k < 0 || k >= step ? 0 : step;
  const int tent = distance < step ? step - distance : 0;
  return static_cast<float>(axis.centred ? box : tent);
}
// What the sums of such weights are divided by: exact, so that weights of 1 add up to 1.
[[nodiscard]] __device__ inline float footprint_unit(const PlaneFormat& f) {
  return f.columns.unit * f.columns.unit * f.rows.unit * f.rows.unit;
}

// Luma position x lies between chroma samples `first` and first + 1; `weight` is that of the second.
struct ChromaPhase {
  int first;
  float weight;
};
[[nodiscard]] __device__ inline ChromaPhase chroma_phase(const ChromaAxis& axis, int x) {
  const int twice = 2 * x - (axis.centred ? axis.step() - 1 : 0);
  const int rest = twice & (2 * axis.step() - 1);
  return {twice >> (axis.shift + 1), 0.5F * axis.unit * static_cast<float>(rest)};
}

// Row k of the map of a sum of layers: the offset counts as often as there is weight.
[[nodiscard]] __device__ inline float sample_of(const Affine& map, int k, const Layer& l) {
  const float* m = map.matrix[k];
  return m[0] * l.r + m[1] * l.g + m[2] * l.b + map.offset[k] * l.a;
}

// Rounded half up with rounding = 0.5; NaN becomes 0.
template <typename T>
[[nodiscard]] __device__ inline T to_code(float value, float high, float rounding) {
  return static_cast<T>(static_cast<int>(fminf(fmaxf(value, 0.0F), high) + rounding));
}

}  // namespace impasto::IMPASTO_TARGET
