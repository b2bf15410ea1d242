// A picture scaled to cover a frame and cut to its size about the centre.
#pragma once

#include "apps/stylize/media/media.h"

#include <cstddef>
#include <vector>

namespace impasto::stylize {

// Packed 8-bit RGB, height x width. Enlarging is bilinear; reducing weighs every source pixel with the same triangle,
// widened by the scale, so that nothing aliases. `picture` is 8-bit rgb.
[[nodiscard]] std::vector<std::byte> cover(const media::Picture& picture, int height, int width);

}  // namespace impasto::stylize
