// The definition of correct: R,G,B of every pixel, then every sample, in double.
#include "kernels/color/color.h"
#include "kernels/common/planes_ref.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// Sample k of chroma pixel i.
double chroma_sample(const PlaneFormat& f, std::span<const std::vector<float>> from, std::size_t k, std::size_t i) {
  const std::size_t first = f.model == PlaneModel::yuv ? 1 : 0;  // plane
  return static_cast<double>(f.semi_planar ? from[first][2 * i + k - first] : from[k][i]);
}

// Linear between the chroma samples about luma position y, x; the nearest sample counts outside the plane.
double interpolated(const ColorProblem& d, std::span<const std::vector<float>> from, std::size_t k, int y, int x) {
  const ChromaAxis& columns = d.from.columns;
  const ChromaAxis& rows = d.from.rows;
  const double cy = (y - chroma_position(rows, 0)) / rows.step();
  const double cx = (x - chroma_position(columns, 0)) / columns.step();
  const int j = static_cast<int>(std::floor(cy));
  const int i = static_cast<int>(std::floor(cx));
  const auto sample = [&](int row, int column) {
    const int w = columns.count(d.w);
    const auto at = static_cast<std::size_t>(clamped(row, rows.count(d.h))) * w + clamped(column, w);
    return chroma_sample(d.from, from, k, at);
  };
  return (1 - cy + j) * ((1 - cx + i) * sample(j, i) + (cx - i) * sample(j, i + 1)) +
         (cy - j) * ((1 - cx + i) * sample(j + 1, i) + (cx - i) * sample(j + 1, i + 1));
}

}  // namespace

std::vector<std::vector<double>> color_reference(const ColorProblem& d, std::span<const std::vector<float>> from) {
  std::vector<LayerReference> rgb;
  for (int y = 0; y < d.h; ++y) {
    for (int x = 0; x < d.w; ++x) {
      const std::size_t pixel = rgb.size();
      LayerReference samples{0, 0, 0, 1};
      for (std::size_t k = 0; k < 3; ++k) {
        if (d.from.model == PlaneModel::rgb) {
          samples[k] = static_cast<double>(from[0][3 * pixel + k]);
        } else if (d.from.is_chroma(static_cast<int>(k))) {
          samples[k] = interpolated(d, from, k, y, x);
        } else if (d.from.model == PlaneModel::chroma) {
          samples[k] = k < 2 ? chroma_sample(d.from, from, k, pixel) : 0;
        } else if (k < from.size()) {
          samples[k] = static_cast<double>(from[k][pixel]);
        }
      }
      rgb.push_back({sample_reference(d.rgb_from, 0, samples), sample_reference(d.rgb_from, 1, samples),
                     sample_reference(d.rgb_from, 2, samples), 1});
    }
  }
  return planes_reference(d.to, d.to_samples, d.h, d.w, {},
                          [&](int y, int x) { return rgb[static_cast<std::size_t>(y) * d.w + x]; });
}

}  // namespace impasto::IMPASTO_TARGET
