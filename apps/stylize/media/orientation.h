// The eight ways a picture can lie: by EXIF or by a video's display matrix.
#pragma once

#include "runtime/pixel_format.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace impasto::media {

// out(x, y) is in(x', y'), where flips act on `out`'s axes after the transposition: x' = y if transpose, mirrored if
// flipped.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;

  friend bool operator==(const Orientation&, const Orientation&) = default;
  [[nodiscard]] bool identity() const { return *this == Orientation{}; }
};

// EXIF tag 0x0112, 1..8; anything else is upright.
[[nodiscard]] Orientation from_exif(int tag);
// A display matrix as in ISO/IEC 14496-12 (16.16 fixed point, row-major a b u, c d v, x y w): the nearest quarter turn,
// and flips.
[[nodiscard]] Orientation from_display_matrix(std::span<const std::int32_t, 9> matrix);

// Turns a tightly packed plane of `width` x `height` (as it lies in `in`) elements of `element` bytes (1, 2, 3, 4 or
// 6).
void turn_plane(const std::byte* in, int width, int height, int element, Orientation orientation, std::byte* out);

// How a format changes when its pictures of width x height are turned: subsampling and the chroma site.
[[nodiscard]] PixelFormat turned(PixelFormat format, int width, int height, Orientation orientation);

}  // namespace impasto::media
