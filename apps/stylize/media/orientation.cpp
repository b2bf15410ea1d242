#include "apps/stylize/media/orientation.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace impasto::media {
namespace {

template <int kElement>
void turn(const std::byte* in, int width, int height, Orientation o, std::byte* out) {
  const int out_width = o.transpose ? height : width;
  const int out_height = o.transpose ? width : height;
  // Blocks keep the columns that a transposition reads in the cache.
  constexpr int kBlock = 32;
  for (int top = 0; top < out_height; top += kBlock) {
    for (int left = 0; left < out_width; left += kBlock) {
      for (int y = top; y < std::min(top + kBlock, out_height); ++y) {
        const int v = o.flip_y ? out_height - 1 - y : y;
        for (int x = left; x < std::min(left + kBlock, out_width); ++x) {
          const int u = o.flip_x ? out_width - 1 - x : x;
          const std::size_t from =
              o.transpose ? static_cast<std::size_t>(u) * width + v : static_cast<std::size_t>(v) * width + u;
          std::memcpy(out + (static_cast<std::size_t>(y) * out_width + x) * kElement, in + from * kElement, kElement);
        }
      }
    }
  }
}

}  // namespace

Orientation from_exif(int tag) {
  constexpr std::array<Orientation, 9> kTable{{{},
                                               {},
                                               {false, true, false},
                                               {false, true, true},
                                               {false, false, true},
                                               {true, false, false},
                                               {true, true, false},
                                               {true, true, true},
                                               {true, false, true}}};
  return tag >= 1 && tag <= 8 ? kTable[static_cast<std::size_t>(tag)] : Orientation{};
}

Orientation from_display_matrix(std::span<const std::int32_t, 9> matrix) {
  // (x, y) of the stored picture is shown at (a x + c y, b x + d y).
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d)) return {true, c < 0, b < 0};
  return {false, a < 0, d < 0};
}

void turn_plane(const std::byte* in, int width, int height, int element, Orientation orientation, std::byte* out) {
  switch (element) {
    case 1:
      return turn<1>(in, width, height, orientation, out);
    case 2:
      return turn<2>(in, width, height, orientation, out);
    case 3:
      return turn<3>(in, width, height, orientation, out);
    case 4:
      return turn<4>(in, width, height, orientation, out);
    default:
      return turn<6>(in, width, height, orientation, out);
  }
}

PixelFormat turned(PixelFormat format, int width, int height, Orientation orientation) {
  using Site = PixelFormat::Site;
  bool at_left = format.site == Site::left || format.site == Site::top_left;
  bool at_top = format.site == Site::top || format.site == Site::top_left;
  if (orientation.transpose) {
    std::swap(format.log2_chroma_w, format.log2_chroma_h);
    std::swap(at_left, at_top);
    std::swap(width, height);
  }
  // Mirrored, the pairs of luma samples that share a chroma sample begin at the other end: with an odd length that
  // moves the pairs by one. The nearest site that has a name: on the first sample of a pair if odd, between the two if
  // even.
  if (orientation.flip_x) at_left = width % 2 != 0;
  if (orientation.flip_y) at_top = height % 2 != 0;
  if (format.model == PixelFormat::Model::yuv) {
    format.site = at_left ? (at_top ? Site::top_left : Site::left) : (at_top ? Site::top : Site::centre);
  }
  return format;
}

}  // namespace impasto::media
