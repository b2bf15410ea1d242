// Planes to FFmpeg's frames and back, also for formats that no file brings (those of hardware decoders).
#include "apps/stylize/media/pixel_mapping.h"

#include "tests/media/tools.h"

using namespace impasto;
using namespace impasto::test;

namespace {

media::Frame frame_of(AVPixelFormat format, int width, int height) {
  media::Frame frame = media::make_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  for (int p = 0; p < AV_NUM_DATA_POINTERS && frame->buf[p] != nullptr; ++p) {
    std::fill_n(frame->buf[p]->data, frame->buf[p]->size, std::uint8_t{0xA5});
  }
  return frame;
}

// Every sample random in 0..2^depth-1.
media::Picture random_picture(const media::Layout& layout, int width, int height) {
  std::mt19937 engine(7);
  media::Picture picture;
  picture.width = width;
  picture.height = height;
  picture.format = layout.format;
  const auto fill = [&](std::size_t samples) {
    const std::size_t bytes = layout.format.depth == 8 ? 1 : 2;
    std::vector<std::byte> plane(samples * bytes);
    for (std::size_t i = 0; i < samples; ++i) {
      const auto v = static_cast<std::uint16_t>(engine() & ((1U << layout.format.depth) - 1));
      std::memcpy(&plane[i * bytes], &v, bytes);
    }
    return plane;
  };
  for (const Shape& shape : layout.format.plane_shapes(height, width)) {
    picture.planes.push_back(fill(static_cast<std::size_t>(shape.count())));
  }
  if (layout.alpha) picture.alpha = fill(static_cast<std::size_t>(width) * height);
  return picture;
}

}  // namespace

TEST_CASE("Every format with a layout takes planes and gives them back") {
  int formats = 0;
  for (const AVPixFmtDescriptor* d = av_pix_fmt_desc_next(nullptr); d != nullptr; d = av_pix_fmt_desc_next(d)) {
    const AVPixelFormat format = av_pix_fmt_desc_get_id(d);
    const std::optional<media::Layout> layout = media::layout_of(format);
    if (!layout) continue;
    CAPTURE(d->name);
    ++formats;
    // Packed YUV of two pixels a group needs even widths.
    const int width = layout->format.log2_chroma_w > 0 ? 14 : 13;
    const media::Picture in = random_picture(*layout, width, 7);
    const media::Frame frame = frame_of(format, width, 7);
    std::vector<std::uint16_t> line;
    media::pack(in, layout->format, *frame, line);
    media::Picture out;
    media::Unpacker().unpack(*frame, {}, out);
    CHECK(out.planes == in.planes);
    CHECK(out.alpha == in.alpha);
  }
  CHECK(formats > 100);
}

TEST_CASE("Semi-planar and packed formats hold what swscale puts there") {
  const auto [packed, planar] = GENERATE(table<AVPixelFormat, AVPixelFormat>({
      {AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P},
      {AV_PIX_FMT_NV21, AV_PIX_FMT_YUV420P},
      {AV_PIX_FMT_NV24, AV_PIX_FMT_YUV444P},
      {AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P10LE},
      {AV_PIX_FMT_P010BE, AV_PIX_FMT_YUV420P10LE},
      {AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV422P},
      {AV_PIX_FMT_UYVY422, AV_PIX_FMT_YUV422P},
      {AV_PIX_FMT_YUV420P10BE, AV_PIX_FMT_YUV420P10LE},
      {AV_PIX_FMT_BGRA, AV_PIX_FMT_RGBA},
      {AV_PIX_FMT_ARGB, AV_PIX_FMT_RGBA},
      {AV_PIX_FMT_BGR48BE, AV_PIX_FMT_RGB48LE},
  }));
  CAPTURE(av_get_pix_fmt_name(packed), av_get_pix_fmt_name(planar));
  const media::Layout layout = media::layout_of(planar).value();
  const media::Picture in = random_picture(layout, 32, 16);
  const media::Frame from = frame_of(planar, 32, 16);
  const media::Frame to = frame_of(packed, 32, 16);
  std::vector<std::uint16_t> line;
  media::pack(in, layout.format, *from, line);
  const media::Scaler scaler(
      sws_getContext(32, 16, planar, 32, 16, packed, SWS_POINT | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  REQUIRE(scaler);
  REQUIRE(sws_scale_frame(scaler.get(), to.get(), from.get()) >= 0);
  media::Picture out;
  media::Unpacker().unpack(*to, {}, out);
  if (media::layout_of(packed).value().format.semi_planar) out.planes = apart(out.planes, layout.format.depth);
  CHECK(out.planes == in.planes);
  CHECK(out.alpha == in.alpha);
}

TEST_CASE("Only Cb before Cr, in low bits and little endian, is semi-planar as the engine has it") {
  const auto semi_planar = [](AVPixelFormat format) { return media::layout_of(format).value().format.semi_planar; };
  for (const AVPixelFormat format : {AV_PIX_FMT_NV12, AV_PIX_FMT_NV16, AV_PIX_FMT_NV24, AV_PIX_FMT_NV20LE}) {
    CAPTURE(av_get_pix_fmt_name(format));
    CHECK(semi_planar(format));
  }
  for (const AVPixelFormat format : {AV_PIX_FMT_NV21, AV_PIX_FMT_NV42, AV_PIX_FMT_NV20BE, AV_PIX_FMT_P010LE,
                                     AV_PIX_FMT_P016BE, AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YA8}) {
    CAPTURE(av_get_pix_fmt_name(format));
    CHECK(!semi_planar(format));
  }
}

TEST_CASE("A grey picture in a YUV frame has neutral chroma, one without alpha is opaque") {
  media::Layout grey;
  grey.format.model = PixelFormat::Model::grey;
  const media::Picture in = random_picture(grey, 6, 4);
  const media::Frame frame = frame_of(AV_PIX_FMT_YUVA420P, 6, 4);
  std::vector<std::uint16_t> line;
  media::pack(in, grey.format, *frame, line);
  media::Picture out;
  media::Unpacker().unpack(*frame, {}, out);
  CHECK(out.planes[0] == in.planes[0]);
  CHECK(out.planes[1] == std::vector<std::byte>(6, std::byte{128}));
  CHECK(out.planes[2] == std::vector<std::byte>(6, std::byte{128}));
  CHECK(out.alpha == std::vector<std::byte>(24, std::byte{255}));
}

TEST_CASE("Turned planes, by EXIF's table") {
  // 0 1 2
  // 3 4 5
  const std::vector<std::byte> in{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  const auto [tag, expected] = GENERATE(table<int, std::vector<int>>({{0, {0, 1, 2, 3, 4, 5}},
                                                                      {1, {0, 1, 2, 3, 4, 5}},
                                                                      {2, {2, 1, 0, 5, 4, 3}},
                                                                      {3, {5, 4, 3, 2, 1, 0}},
                                                                      {4, {3, 4, 5, 0, 1, 2}},
                                                                      {5, {0, 3, 1, 4, 2, 5}},
                                                                      {6, {3, 0, 4, 1, 5, 2}},
                                                                      {7, {5, 2, 4, 1, 3, 0}},
                                                                      {8, {2, 5, 1, 4, 0, 3}},
                                                                      {9, {0, 1, 2, 3, 4, 5}}}));
  CAPTURE(tag);
  std::vector<std::byte> out(6, std::byte{99});
  media::turn_plane(in.data(), 3, 2, 1, media::from_exif(tag), out.data());
  for (std::size_t i = 0; i < 6; ++i) CHECK(std::to_integer<int>(out[i]) == expected[i]);
}

TEST_CASE("Turning swaps subsampling and moves the chroma site") {
  PixelFormat format;
  format.model = PixelFormat::Model::yuv;
  format.log2_chroma_w = 1;
  format.site = PixelFormat::Site::left;
  const PixelFormat clockwise = media::turned(format, 38, 22, media::from_exif(6));
  CHECK(clockwise.log2_chroma_w == 0);
  CHECK(clockwise.log2_chroma_h == 1);
  CHECK(media::turned(format, 38, 22, media::from_exif(1)).site == PixelFormat::Site::left);
  CHECK(media::turned(format, 38, 22, media::from_exif(2)).site == PixelFormat::Site::centre);
  CHECK(media::turned(format, 39, 22, media::from_exif(2)).site == PixelFormat::Site::left);
  CHECK(media::turned(format, 38, 22, media::from_exif(5)).site == PixelFormat::Site::top);
}
