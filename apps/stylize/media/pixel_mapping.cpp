#include "apps/stylize/media/pixel_mapping.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace impasto::media {
namespace {

using Model = PixelFormat::Model;
static_assert(std::endian::native == std::endian::little, "planes of 9 to 16 bits are little endian");

int shifted_up(int extent, int log2) {
  return (extent + (1 << log2) - 1) >> log2;
}

int sample_bytes(const PixelFormat& format) {
  return format.depth == 8 ? 1 : 2;
}

// Where component `c` of a format lives among our planes: index (-1: alpha), first sample and distance of samples.
struct Place {
  int plane = 0;
  int offset = 0;
  int step = 1;
};

Place place_of(const Layout& layout, int c, int components) {
  if (layout.alpha && c == components - 1) return {-1, 0, 1};
  switch (layout.format.model) {
    case Model::rgb:
      return {0, c, 3};
    case Model::gbr:
      return {(c + 2) % 3, 0, 1};  // R,G,B are planes 2,0,1
    case Model::yuv:
      if (layout.format.semi_planar && c > 0) return {1, c - 1, 2};
      return {c, 0, 1};
    case Model::grey:
      break;
  }
  return {0, 0, 1};
}

// A component whose samples lie in a plane of the frame as at that place in ours.
bool lies_at(const Place& place, const AVPixFmtDescriptor& d, const AVComponentDescriptor& c, int bytes) {
  const bool swapped = (d.flags & AV_PIX_FMT_FLAG_BE) != 0 && bytes > 1;
  return c.step == place.step * bytes && c.offset == place.offset * bytes && c.shift == 0 && !swapped;
}

// A component that is a plane of its own, laid out as ours.
bool is_plain(const AVPixFmtDescriptor& d, const AVComponentDescriptor& c, int bytes) {
  return lies_at({}, d, c, bytes);
}

// One plane of Cb, Cr, Cb, Cr ... as ours.
bool is_semi_planar(const AVPixFmtDescriptor& d, int bytes) {
  return d.comp[1].plane == 1 && d.comp[2].plane == 1 && lies_at({1, 0, 2}, d, d.comp[1], bytes) &&
         lies_at({1, 1, 2}, d, d.comp[2], bytes);
}

// The plane of a frame that lies there as plane `index` of ours (-1: alpha) does, if there is one.
std::optional<int> same_plane(const Layout& layout, const AVPixFmtDescriptor& d, int index, int bytes) {
  std::optional<int> plane;
  for (int c = 0; c < d.nb_components; ++c) {
    const Place place = place_of(layout, c, d.nb_components);
    if (place.plane != index) continue;
    if (!lies_at(place, d, d.comp[c], bytes)) return std::nullopt;
    plane = d.comp[c].plane;
  }
  return plane;
}

// One component of a frame as rows of samples, `step` samples apart.
void read_component(const AVFrame& frame, const AVPixFmtDescriptor& d, int c, int width, int height, int bytes,
                    int step, std::byte* out, std::vector<std::uint16_t>& line) {
  const AVComponentDescriptor& comp = d.comp[c];
  const auto row_bytes = static_cast<std::size_t>(width) * bytes;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = frame.data[comp.plane] + std::ptrdiff_t{y} * frame.linesize[comp.plane];
    std::byte* to = out + static_cast<std::size_t>(y) * row_bytes * step;
    if (bytes == 1 && comp.shift == 0) {
      for (int x = 0; x < width; ++x) to[x * step] = std::byte{row[comp.offset + x * comp.step]};
    } else {
      line.resize(static_cast<std::size_t>(width));
      std::array<const std::uint8_t*, 4> data{};
      std::copy_n(frame.data, 4, data.begin());
      av_read_image_line2(line.data(), data.data(), frame.linesize, &d, 0, y, c, width, 0, 2);
      for (int x = 0; x < width; ++x) {
        std::memcpy(to + static_cast<std::size_t>(x) * step * bytes, &line[static_cast<std::size_t>(x)], bytes);
      }
    }
  }
}

void write_component(AVFrame& frame, const AVPixFmtDescriptor& d, int c, int width, int height, int bytes, int step,
                     const std::byte* in, std::vector<std::uint16_t>& line) {
  const AVComponentDescriptor& comp = d.comp[c];
  const auto row_bytes = static_cast<std::size_t>(width) * bytes;
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = frame.data[comp.plane] + std::ptrdiff_t{y} * frame.linesize[comp.plane];
    const std::byte* from = in + static_cast<std::size_t>(y) * row_bytes * step;
    if (step == 1 && is_plain(d, comp, bytes)) {
      std::memcpy(row, from, row_bytes);
    } else if (bytes == 1 && comp.shift == 0) {
      for (int x = 0; x < width; ++x) row[comp.offset + x * comp.step] = std::to_integer<std::uint8_t>(from[x * step]);
    } else {
      line.assign(static_cast<std::size_t>(width), 0);
      for (int x = 0; x < width; ++x) {
        std::memcpy(&line[static_cast<std::size_t>(x)], from + static_cast<std::size_t>(x) * step * bytes, bytes);
      }
      av_write_image_line2(line.data(), frame.data, frame.linesize, &d, 0, y, c, width, 2);
    }
  }
}

// Sets every sample of a component to `value`.
void fill_component(AVFrame& frame, const AVPixFmtDescriptor& d, int c, int width, int height, int bytes, int value,
                    std::vector<std::uint16_t>& line) {
  std::vector<std::uint16_t> row(static_cast<std::size_t>(width), static_cast<std::uint16_t>(value));
  std::vector<std::byte> plane(static_cast<std::size_t>(width) * height * bytes);
  for (std::size_t i = 0; i < plane.size() / static_cast<std::size_t>(bytes); ++i) {
    std::memcpy(&plane[i * static_cast<std::size_t>(bytes)], row.data(), bytes);
  }
  write_component(frame, d, c, width, height, bytes, 1, plane.data(), line);
}

bool is_chroma(const Layout& layout, int c) {
  return layout.format.model == Model::yuv && (c == 1 || c == 2);
}

}  // namespace

std::optional<Layout> layout_of(AVPixelFormat format) {
  const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
  constexpr std::uint64_t kOthers = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL |
                                    AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
  if (d == nullptr || (d->flags & kOthers) != 0 || d->nb_components == 0) return std::nullopt;
  // Neither is what its descriptor makes it look like: CIE XYZ, and luma at uneven distances.
  if (format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE || format == AV_PIX_FMT_UYYVYY411)
    return std::nullopt;
  const int depth = d->comp[0].depth;
  for (const AVComponentDescriptor& c : std::span(d->comp, d->nb_components)) {
    if (c.depth != depth) return std::nullopt;
  }
  if (depth < 8 || depth > 16) return std::nullopt;

  Layout layout;
  layout.alpha = (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  layout.format.depth = depth;
  layout.format.log2_chroma_w = d->log2_chroma_w;
  layout.format.log2_chroma_h = d->log2_chroma_h;
  const int colours = d->nb_components - (layout.alpha ? 1 : 0);
  if (colours == 1) {
    layout.format.model = Model::grey;
  } else if ((d->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    layout.format.model = depth == 8 ? Model::rgb : Model::gbr;
  } else {
    layout.format.model = Model::yuv;
    const bool full = std::string_view(d->name).starts_with("yuvj");
    layout.format.range = full ? PixelFormat::Range::full : PixelFormat::Range::limited;
    layout.format.semi_planar = colours == 3 && is_semi_planar(*d, sample_bytes(layout.format));
  }
  return layout;
}

AVPixelFormat nearest_known(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
  if (d == nullptr || sws_isSupportedInput(format) == 0) return AV_PIX_FMT_NONE;
  if ((d->flags & AV_PIX_FMT_FLAG_PAL) != 0) {
    // Palettes always have alpha; it is worth carrying only where one entry is not opaque.
    const auto* palette = reinterpret_cast<const std::uint32_t*>(frame.data[1]);
    const bool opaque = std::all_of(palette, palette + 256, [](std::uint32_t argb) { return argb >> 24 == 255; });
    return opaque ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGBA;
  }
  const bool deep = d->comp[0].depth > 8;
  if (d->nb_components == 1 && (d->flags & AV_PIX_FMT_FLAG_BAYER) == 0)
    return deep ? AV_PIX_FMT_GRAY16LE : AV_PIX_FMT_GRAY8;
  const bool alpha = (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (deep) return alpha ? AV_PIX_FMT_GBRAP16LE : AV_PIX_FMT_GBRP16LE;
  return alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
}

AVPixelFormat planar_format(const Layout& layout) {
  if (layout.format.model == Model::rgb) return layout.alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  for (const AVPixFmtDescriptor* d = av_pix_fmt_desc_next(nullptr); d != nullptr; d = av_pix_fmt_desc_next(d)) {
    const AVPixelFormat format = av_pix_fmt_desc_get_id(d);
    if ((d->flags & AV_PIX_FMT_FLAG_BE) != 0 || sws_isSupportedOutput(format) == 0) continue;
    const std::optional<Layout> candidate = layout_of(format);
    if (!candidate || !same_samples(*candidate, layout)) continue;
    const int bytes = sample_bytes(layout.format);
    const auto components = std::span(d->comp, d->nb_components);
    if (std::all_of(components.begin(), components.end(), [&](const auto& c) { return is_plain(*d, c, bytes); }))
      return format;
  }
  return AV_PIX_FMT_NONE;
}

bool same_samples(const Layout& a, const Layout& b) {
  return a.alpha == b.alpha && a.format.model == b.format.model && a.format.depth == b.format.depth &&
         a.format.log2_chroma_w == b.format.log2_chroma_w && a.format.log2_chroma_h == b.format.log2_chroma_h;
}

int element_bytes(const PixelFormat& format, int index) {
  if (format.model == Model::rgb) return 3;
  return (format.semi_planar && index == 1 ? 2 : 1) * sample_bytes(format);
}

std::pair<int, int> plane_size(const PixelFormat& format, int width, int height, int index) {
  if (format.model != Model::yuv || index == 0) return {width, height};
  return {shifted_up(width, format.log2_chroma_w), shifted_up(height, format.log2_chroma_h)};
}

void Unpacker::unpack(const AVFrame& frame, Orientation orientation, Picture& picture) {
  const auto av_format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor& d = *av_pix_fmt_desc_get(av_format);
  const Layout layout = *layout_of(av_format);
  const int bytes = sample_bytes(layout.format);

  picture.width = orientation.transpose ? frame.height : frame.width;
  picture.height = orientation.transpose ? frame.width : frame.height;
  picture.planes.resize(static_cast<std::size_t>(layout.format.plane_count()));
  if (!layout.alpha) picture.alpha.clear();

  // Plane by plane, alpha last; packed RGB is one plane of three components.
  const int planes = layout.format.plane_count();
  for (int plane = 0; plane < planes + (layout.alpha ? 1 : 0); ++plane) {
    const bool alpha = plane == planes;
    const auto [width, height] =
        alpha ? std::pair(frame.width, frame.height) : plane_size(layout.format, frame.width, frame.height, plane);
    const int element = alpha ? bytes : element_bytes(layout.format, plane);
    std::vector<std::byte>& upright = alpha ? picture.alpha : picture.planes[static_cast<std::size_t>(plane)];
    upright.resize(static_cast<std::size_t>(width) * height * element);
    if (!orientation.identity()) lying_.resize(upright.size());
    std::byte* target = orientation.identity() ? upright.data() : lying_.data();
    const int index = alpha ? -1 : plane;
    const std::optional<int> same = same_plane(layout, d, index, bytes);
    if (same) {
      const int row_bytes = width * element;
      av_image_copy_plane(reinterpret_cast<std::uint8_t*>(target), row_bytes, frame.data[*same], frame.linesize[*same],
                          row_bytes, height);
    }
    for (int c = 0; c < d.nb_components && !same; ++c) {
      const Place place = place_of(layout, c, d.nb_components);
      if (place.plane != index) continue;
      read_component(frame, d, c, width, height, bytes, place.step, target + place.offset * bytes, line_);
    }
    if (!orientation.identity()) turn_plane(lying_.data(), width, height, element, orientation, upright.data());
  }
}

void pack(const Picture& picture, const PixelFormat& format, AVFrame& frame, std::vector<std::uint16_t>& line) {
  const auto av_format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor& d = *av_pix_fmt_desc_get(av_format);
  const Layout layout = *layout_of(av_format);
  const int bytes = sample_bytes(layout.format);

  // Samples that share bytes with others are or-ed in by av_write_image_line2.
  for (int p = 0; p < AV_NUM_DATA_POINTERS && frame.buf[p] != nullptr; ++p) {
    const auto plain = [&](const auto& c) { return is_plain(d, c, bytes); };
    if (std::all_of(d.comp, d.comp + d.nb_components, plain)) break;
    std::memset(frame.buf[p]->data, 0, frame.buf[p]->size);
  }
  for (int c = 0; c < d.nb_components; ++c) {
    const Place place = place_of(layout, c, d.nb_components);
    const auto [width, height] = is_chroma(layout, c) ? plane_size(layout.format, frame.width, frame.height, c)
                                                      : std::pair(frame.width, frame.height);
    if (place.plane < 0 && picture.alpha.empty()) {
      fill_component(frame, d, c, width, height, bytes, (1 << layout.format.depth) - 1, line);
    } else if (is_chroma(layout, c) && format.model == Model::grey) {
      fill_component(frame, d, c, width, height, bytes, 1 << (layout.format.depth - 1), line);
    } else {
      const std::byte* plane =
          (place.plane < 0 ? picture.alpha : picture.planes[static_cast<std::size_t>(place.plane)]).data();
      const std::optional<int> same = same_plane(layout, d, place.plane, bytes);
      if (!same) {
        write_component(frame, d, c, width, height, bytes, place.step, plane + place.offset * bytes, line);
      } else if (place.offset == 0) {  // brings the plane's other components along
        const int row_bytes = width * place.step * bytes;
        av_image_copy_plane(frame.data[*same], frame.linesize[*same], reinterpret_cast<const std::uint8_t*>(plane),
                            row_bytes, row_bytes, height);
      }
    }
  }
}

}  // namespace impasto::media
