#include "apps/stylize/media/muxer.h"

#include <algorithm>
#include <array>
#include <new>

namespace impasto::media {
namespace {

// How long packets wait for a stream that has none (subtitles), in microseconds: bounds what is held of lossless video.
constexpr std::int64_t kInterleave = 500'000;

// Times of Opus in Matroska contain the codec delay; libavformat writes the delay, but adds it only from version 60 on.
constexpr bool kAddsCodecDelay = LIBAVFORMAT_VERSION_MAJOR < 60;

}  // namespace

Muxer::Muxer(const std::filesystem::path& file) : file_(file), partial_(file) {
  capture_log();
  const AVOutputFormat* format = av_guess_format(nullptr, file.filename().c_str(), nullptr);
  if (format == nullptr) fail_usage("{}: unknown output extension '{}'", file.string(), file.extension().string());
  AVFormatContext* context = nullptr;
  check(avformat_alloc_output_context2(&context, format, nullptr, ("file:" + partial_.path().string()).c_str()), file);
  output_.reset(context);
  output_->max_interleave_delta = kInterleave;
  // The same input gives the same bytes: Matroska's identifiers are random without this.
  output_->flags |= AVFMT_FLAG_BITEXACT;
  // Sound may begin before 0 by its encoder's priming. Matroska can say so; moving all streams would change the video's
  // times.
  if (is("matroska")) output_->avoid_negative_ts = 0;
  output_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
}

bool Muxer::is_mp4_family() const {
  constexpr std::array<std::string_view, 7> kNames{"mp4", "mov", "ipod", "3gp", "3g2", "psp", "f4v"};
  return std::find(kNames.begin(), kNames.end(), output_->oformat->name) != kNames.end();
}

void Muxer::require(int code) {
  if (output_->pb != nullptr && output_->pb->error < 0) code = output_->pb->error;
  check(code, file_);
}

void Muxer::begin() {
  (void)take_logged_error();
  require(avio_open2(&output_->pb, output_->url, AVIO_FLAG_WRITE, nullptr, nullptr));
  AVDictionary* options = nullptr;
  if (is_mp4_family()) av_dict_set(&options, "movflags", "+faststart", 0);
  const int begun = avformat_write_header(output_.get(), &options);
  av_dict_free(&options);
  require(begun);
  last_dts_.assign(output_->nb_streams, AV_NOPTS_VALUE);
}

void Muxer::write(AVPacket& packet, int stream, AVRational time_base) {
  (void)take_logged_error();
  packet.stream_index = stream;
  packet.pos = -1;
  const AVCodecParameters& parameters = *output_->streams[stream]->codecpar;
  if (kAddsCodecDelay && parameters.codec_id == AV_CODEC_ID_OPUS && (is("matroska") || is("webm"))) {
    const std::int64_t delay = av_rescale_q(parameters.initial_padding, {1, parameters.sample_rate}, time_base);
    if (packet.pts != AV_NOPTS_VALUE) packet.pts += delay;
    if (packet.dts != AV_NOPTS_VALUE) packet.dts += delay;
  }
  av_packet_rescale_ts(&packet, time_base, output_->streams[stream]->time_base);
  std::int64_t& last = last_dts_[static_cast<std::size_t>(stream)];
  if (last != AV_NOPTS_VALUE && packet.dts != AV_NOPTS_VALUE && packet.dts <= last) {
    packet.dts = last + 1;
    if (packet.pts != AV_NOPTS_VALUE) packet.pts = std::max(packet.pts, packet.dts);
  }
  if (packet.dts != AV_NOPTS_VALUE) last = packet.dts;
  require(av_interleaved_write_frame(output_.get(), &packet));
}

void Muxer::finish() {
  (void)take_logged_error();
  require(av_write_trailer(output_.get()));
  avio_flush(output_->pb);
  require(0);
  check(avio_closep(&output_->pb), file_);
  partial_.rename();
}

bool container_takes(const AVOutputFormat& container, AVCodecID codec) {
  // The query says yes to these, the header then no.
  constexpr std::array kMp4Only{AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC, AV_CODEC_ID_TRUEHD, AV_CODEC_ID_VP9,
                                AV_CODEC_ID_AV1};
  if (std::string_view(container.name) == "mov" &&
      std::find(kMp4Only.begin(), kMp4Only.end(), codec) != kMp4Only.end()) {
    return false;
  }
  const int answer = avformat_query_codec(&container, codec, FF_COMPLIANCE_NORMAL);
  if (answer >= 0 || std::string_view(container.name) != "mpegts") return answer == 1;
  // This muxer cannot be asked: what its stream types can name.
  constexpr std::array kNamed{AV_CODEC_ID_H264,        AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO,
                              AV_CODEC_ID_MPEG4,       AV_CODEC_ID_AAC,  AV_CODEC_ID_MP2,        AV_CODEC_ID_MP3,
                              AV_CODEC_ID_AC3,         AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS,        AV_CODEC_ID_OPUS,
                              AV_CODEC_ID_DVB_SUBTITLE};
  return std::find(kNamed.begin(), kNamed.end(), codec) != kNamed.end();
}

AVStream& add_stream(Muxer& muxer, const AVStream& source) {
  AVStream* stream = avformat_new_stream(&muxer.context(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  stream->time_base = source.time_base;
  stream->disposition = source.disposition;
  copy_metadata(stream->metadata, source.metadata);
  return *stream;
}

void copy_metadata(AVDictionary*& to, const AVDictionary* from) {
  constexpr std::array<std::string_view, 11> kOwn{"major_brand", "minor_version", "compatible_brands", "encoder",
                                                  "rotate",      "vendor_id",     "DURATION",          "BPS",
                                                  "NUMBER_OF_",  "_STATISTICS_",  "duration"};
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    const std::string_view key = entry->key;
    if (std::none_of(kOwn.begin(), kOwn.end(), [&](std::string_view own) { return key.starts_with(own); })) {
      av_dict_set(&to, entry->key, entry->value, 0);
    }
  }
}

}  // namespace impasto::media
