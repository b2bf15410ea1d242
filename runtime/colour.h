// How the samples of a PixelFormat follow from R,G,B and where its chroma samples lie: docs/frame.md, "Colour".
#pragma once

#include "runtime/pixel_format.h"

#include <array>

namespace impasto {

// Sample = offset + scale * value, for a value in 0..255 (chroma: -127.5..127.5). ITU-T H.273, 8.3.
struct Levels {
  double offset = 0;
  double scale = 1;
};
[[nodiscard]] Levels luma_levels(const PixelFormat& format);  // also of R, G and B
[[nodiscard]] Levels chroma_levels(const PixelFormat& format);

// out[i] = sum_j matrix[i][j] in[j] + offset[i]
struct Affine {
  std::array<std::array<float, 3>, 3> matrix{};
  std::array<float, 3> offset{};
  [[nodiscard]] bool is_identity() const noexcept;
};

// Formats that are equal but for depth, range and where Cb and Cr are stored, or altogether, are converted sample by
// sample: to = scale from + offset, which depends on the sample: 0, 1, 2 in the order of a format's planes.
[[nodiscard]] bool differ_in_levels_only(const PixelFormat& from, const PixelFormat& to);
struct Rescale {
  float scale = 1, offset = 0;
};
[[nodiscard]] Rescale rescale(const PixelFormat& from, const PixelFormat& to, int sample);

// From R,G,B in 0..255 to samples in the order of the format's planes (rgb: R,G,B; grey: the first row only), and back.
[[nodiscard]] Affine samples_from_rgb(const PixelFormat& format);
[[nodiscard]] Affine rgb_from_samples(const PixelFormat& format);

// One axis of a chroma plane. Chroma sample i lies at luma position i 2^shift + (centred ? (2^shift - 1) / 2 : 0).
struct ChromaAxis {
  struct Phase {  // of luma position x: chroma sample (x >> shift) + first, and the weight of the one after it
    int first = 0;
    float weight = 0;
  };
  int shift = 0;
  bool centred = false;
  std::array<Phase, 4> phases{};  // by x & (2^shift - 1)
  int tap_first = 0;              // chroma sample i is the sum of taps[k] luma[(i << shift) + tap_first + k]
  int tap_count = 1;
  std::array<float, 7> taps{};
};

[[nodiscard]] ChromaAxis chroma_axis(int shift, bool centred);
// Of a format; where it has no chroma planes, of shift 0.
[[nodiscard]] ChromaAxis chroma_columns(const PixelFormat& format);
[[nodiscard]] ChromaAxis chroma_rows(const PixelFormat& format);

}  // namespace impasto
