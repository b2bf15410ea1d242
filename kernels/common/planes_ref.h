// For the references of color and composite: samples from what lies on each pixel, in double, one sample at a time.
#pragma once

#include "kernels/common/planes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

namespace impasto::IMPASTO_TARGET {

// weight * R, weight * G, weight * B and the weight, each summed over what lies on a pixel.
using LayerReference = std::array<double, 4>;

inline double sample_reference(const Affine& map, int k, const LayerReference& l) {
  double sum = static_cast<double>(map.offset[k]) * l[3];
  for (std::size_t i = 0; i < 3; ++i) sum += static_cast<double>(map.matrix[k][i]) * l[i];
  return sum;
}

// Where chroma sample i lies, and what a luma sample at distance d from it counts: a tent where the two coincide, a box
// where the sample lies amid them.
inline double chroma_position(const ChromaAxis& axis, int i) {
  return i * axis.step() + (axis.centred ? (axis.step() - 1) / 2.0 : 0);
}
inline double footprint_reference(const ChromaAxis& axis, double d) {
  const double step = axis.step();
  if (axis.centred) return std::abs(d) < step / 2 ? 1 / step : 0;
  return std::max(0.0, 1 - std::abs(d) / step) / step;
}

// The planes of a picture of h x w pixels: out = sample of layer(y, x), plus (1 - weight) frame where there is a frame.
// A chroma sample takes the mean over its footprint, which repeats the picture's edge.
inline std::vector<std::vector<double>> planes_reference(const PlaneFormat& f, const Affine& map, int h, int w,
                                                         std::span<const std::vector<float>> frame,
                                                         const std::function<LayerReference(int, int)>& layer) {
  std::vector<std::vector<double>> planes;
  for (int plane = 0; plane < f.planes(); ++plane) {
    const PlaneExtent extent = plane_extent(f, plane, h, w);
    std::vector<double> samples;
    for (int y = 0; y < extent.h; ++y) {
      for (int x = 0; x < extent.w; ++x) {
        LayerReference sum{};
        if (f.is_chroma(plane)) {
          const double cy = chroma_position(f.rows, y);
          const double cx = chroma_position(f.columns, x);
          for (int i = static_cast<int>(cy) - f.rows.step(); i <= cy + f.rows.step(); ++i) {
            for (int j = static_cast<int>(cx) - f.columns.step(); j <= cx + f.columns.step(); ++j) {
              const double weight = footprint_reference(f.rows, i - cy) * footprint_reference(f.columns, j - cx);
              const LayerReference one = layer(clamped(i, h), clamped(j, w));
              for (std::size_t k = 0; k < 4; ++k) sum[k] += weight * one[k];
            }
          }
        } else {
          sum = layer(y, x);
        }
        for (int c = 0; c < extent.c; ++c) {
          const double under =
              frame.empty() ? 0 : static_cast<double>(frame[static_cast<std::size_t>(plane)][samples.size()]);
          samples.push_back(sample_reference(map, plane + c, sum) + (1 - sum[3]) * under);
        }
      }
    }
    planes.push_back(std::move(samples));
  }
  return planes;
}

}  // namespace impasto::IMPASTO_TARGET
