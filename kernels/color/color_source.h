// R,G,B of a pixel from planes of any format.
#pragma once

#include "kernels/color/color.h"

namespace impasto::IMPASTO_TARGET {

// Cb or Cr, from `plane` on, at luma position y, x: linear between the four samples about it, down first, then across.
template <typename T>
[[nodiscard]] __device__ inline float chroma_at(const ColorProblem& d, const T* plane, int y, int x) {
  const ChromaAxis& columns = d.from.columns;
  const ChromaAxis& rows = d.from.rows;
  const int h = rows.count(d.h);
  const int w = columns.count(d.w);
  const int step = d.from.chroma_step();
  const ChromaPhase down = chroma_phase(rows, y);
  const ChromaPhase across = chroma_phase(columns, x);
  const T* above = plane + clamped(down.first, h) * w * step;
  const T* below = plane + clamped(down.first + 1, h) * w * step;
  const auto column = [&](int i) {
    const int at = clamped(i, w) * step;
    const auto value = static_cast<float>(above[at]);
    return value + down.weight * (static_cast<float>(below[at]) - value);
  };
  const float left = column(across.first);
  return left + across.weight * (column(across.first + 1) - left);
}

[[nodiscard]] __device__ inline Layer rgb_layer(const Affine& map, float s0, float s1, float s2) {
  const Layer samples{s0, s1, s2, 1};
  return {sample_of(map, 0, samples), sample_of(map, 1, samples), sample_of(map, 2, samples), 1};
}

template <typename T>
struct PlanesSource {
  const ColorProblem& d;
  const Planes<const T>& from;

  [[nodiscard]] __device__ Layer pixel(int y, int x) const {
    const int i = y * d.w + x;
    const auto sample = [&](int plane, int at) { return static_cast<float>(from.plane[plane][at]); };
    switch (d.from.model) {
      case PlaneModel::rgb:
        return rgb_layer(d.rgb_from, sample(0, 3 * i), sample(0, 3 * i + 1), sample(0, 3 * i + 2));
      case PlaneModel::gbr:
        return rgb_layer(d.rgb_from, sample(0, i), sample(1, i), sample(2, i));
      case PlaneModel::yuv:
        return rgb_layer(d.rgb_from, sample(0, i), chroma_at(d, from.plane[1], y, x),
                         chroma_at(d, from.plane[2], y, x));
      case PlaneModel::chroma: {
        const int at = i * d.from.chroma_step();
        return rgb_layer(d.rgb_from, sample(0, at), sample(1, at), 0);
      }
      case PlaneModel::grey:
        break;
    }
    return rgb_layer(d.rgb_from, sample(0, i), 0, 0);
  }
};

}  // namespace impasto::IMPASTO_TARGET
