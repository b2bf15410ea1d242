// FFmpeg's pixel formats as host planes and back, without loss.
#pragma once

#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/media.h"
#include "apps/stylize/media/orientation.h"

#include <optional>
#include <vector>

namespace impasto::media {

// Model, depth and subsampling of a format, and whether it has alpha; matrix, range and site are not the pixel format's
// to say (but yuvj formats are full range).
struct Layout {
  PixelFormat format;
  bool alpha = false;
};

// Formats whose samples all have one depth of 8..16 bits: packed, planar and semi-planar, of either byte order.
// Nothing for the others (palettes, bitfields, floating point, Bayer patterns, surfaces of hardware).
[[nodiscard]] std::optional<Layout> layout_of(AVPixelFormat format);

// The format to which swscale turns what layout_of() does not know, or AV_PIX_FMT_NONE.
[[nodiscard]] AVPixelFormat nearest_known(const AVFrame& frame);

// The little-endian format of a layout's samples, all in planes of their own (rgb24 and rgba for 8-bit RGB), or
// AV_PIX_FMT_NONE.
[[nodiscard]] AVPixelFormat planar_format(const Layout& layout);

// Same model, depth, subsampling and alpha, wherever they lie.
[[nodiscard]] bool same_samples(const Layout& a, const Layout& b);

// Bytes of an element (3 for packed RGB, two samples for semi-planar chroma) and extents of plane `index`.
[[nodiscard]] int element_bytes(const PixelFormat& format, int index);
[[nodiscard]] std::pair<int, int> plane_size(const PixelFormat& format, int width, int height,
                                             int index);  // width, height

// Copies the samples of a frame in a format with a layout into `picture` (whose format is not touched), turned upright.
class Unpacker {
 public:
  void unpack(const AVFrame& frame, Orientation orientation, Picture& picture);

 private:
  std::vector<std::byte> lying_;
  std::vector<std::uint16_t> line_;
};

// Copies planes into a frame whose buffers are allocated. `format` is that of the planes; a grey picture may go into a
// YUV frame, whose chroma becomes neutral. No alpha in the picture but in the frame: opaque.
void pack(const Picture& picture, const PixelFormat& format, AVFrame& frame, std::vector<std::uint16_t>& line);

}  // namespace impasto::media
