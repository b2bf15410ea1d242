// Pictures scaled and cut to a size about their centre.
#pragma once

#include "apps/stylize/media/media.h"

#include <cstddef>
#include <vector>

namespace impasto::stylize {

// Packed 8-bit RGB, height x width. Enlarging is bilinear; reducing weighs every source pixel with the same triangle,
// widened by the scale, so that nothing aliases. `picture` is 8-bit rgb.
[[nodiscard]] std::vector<std::byte> cover(const media::Picture& picture, int height, int width);
// The square in the middle of a picture, scaled to side x side as Pillow's Lanczos filter does (three lobes, widened by
// the scale when it reduces). Packed 8-bit RGB in and out.
[[nodiscard]] std::vector<std::byte> centre_square(const media::Picture& picture, int side);

}  // namespace impasto::stylize
