#include "apps/stylize/media/subtitle_converter.h"

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

namespace impasto::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr std::size_t kLargestSubtitle = 1U << 20U;

class SubtitleConverter final : public Sink {
 public:
  SubtitleConverter(Muxer& muxer, const AVStream& source, Decoder decoder, Encoder encoder)
      : muxer_(muxer), time_base_(source.time_base), decoder_(std::move(decoder)), encoder_(std::move(encoder)) {
    AVStream& stream = add_stream(muxer, source);
    stream.time_base = kMicroseconds;
    check(avcodec_parameters_from_context(stream.codecpar, encoder_.get()), muxer.name());
    index_ = stream.index;
  }

  void take(AVPacket& packet) override {
    AVSubtitle subtitle{};
    int got = 0;
    // A subtitle that cannot be read is left out.
    if (avcodec_decode_subtitle2(decoder_.get(), &subtitle, &got, &packet) < 0 || got == 0) return;
    const std::unique_ptr<AVSubtitle, decltype(&avsubtitle_free)> owner(&subtitle, &avsubtitle_free);
    const std::int64_t start =
        av_rescale_q(packet.pts, time_base_, kMicroseconds) + subtitle.start_display_time * 1000LL;
    const bool open_ended = subtitle.end_display_time == 0 || subtitle.end_display_time == UINT32_MAX;
    const std::int64_t length = open_ended ? av_rescale_q(packet.duration, time_base_, kMicroseconds)
                                           : (subtitle.end_display_time - subtitle.start_display_time) * 1000LL;
    if (subtitle.num_rects == 0 || start + length <= 0) return;
    subtitle.pts = std::max<std::int64_t>(0, start);
    subtitle.start_display_time = 0;
    subtitle.end_display_time = static_cast<std::uint32_t>((start + length - subtitle.pts) / 1000);

    bytes_.resize(kLargestSubtitle);
    const int size = avcodec_encode_subtitle(encoder_.get(), bytes_.data(), static_cast<int>(bytes_.size()), &subtitle);
    if (size <= 0) return;
    const Packet out = make_packet();
    check(av_new_packet(out.get(), size), muxer_.name());
    std::copy_n(bytes_.data(), size, out->data);
    out->pts = out->dts = subtitle.pts;
    out->duration = start + length - subtitle.pts;
    out->flags |= AV_PKT_FLAG_KEY;
    muxer_.write(*out, index_, kMicroseconds);
  }

 private:
  Muxer& muxer_;
  AVRational time_base_;
  Decoder decoder_;
  Encoder encoder_;
  int index_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<Sink> make_subtitle_converter(Muxer& muxer, const VideoReader::Impl& source, const AVStream& stream) {
  const AVCodecID from = stream.codecpar->codec_id;
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(from);
  if (descriptor == nullptr || (descriptor->props & AV_CODEC_PROP_TEXT_SUB) == 0) return nullptr;
  if (avcodec_find_decoder(from) == nullptr) return nullptr;
  for (const AVCodecID to : {AV_CODEC_ID_MOV_TEXT, AV_CODEC_ID_SUBRIP, AV_CODEC_ID_WEBVTT, AV_CODEC_ID_ASS}) {
    const AVCodec* codec = avcodec_find_encoder(to);
    if (codec == nullptr || !container_takes(muxer.container(), to)) continue;
    Decoder decoder = open_decoder(source.file, stream, 1);
    Encoder encoder(avcodec_alloc_context3(codec));
    if (!encoder) throw std::bad_alloc();
    encoder->time_base = kMicroseconds;
    if (decoder->subtitle_header != nullptr) {
      // Encoders of text want the decoder's ASS header, ended by a zero.
      const auto size = static_cast<std::size_t>(decoder->subtitle_header_size);
      encoder->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(size + 1));
      if (encoder->subtitle_header == nullptr) throw std::bad_alloc();
      std::copy_n(decoder->subtitle_header, size, encoder->subtitle_header);
      encoder->subtitle_header_size = decoder->subtitle_header_size;
    }
    if (avcodec_open2(encoder.get(), codec, nullptr) < 0) return nullptr;
    return std::make_unique<SubtitleConverter>(muxer, stream, std::move(decoder), std::move(encoder));
  }
  return nullptr;
}

}  // namespace impasto::media
