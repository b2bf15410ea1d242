#include "apps/stylize/media/streams.h"

#include "apps/stylize/media/audio_encoder.h"
#include "apps/stylize/media/subtitle_converter.h"

#include <algorithm>
#include <new>
#include <span>
#include <string_view>

namespace impasto::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
// How far the interleaving of a file may be off when the end of a range is looked for, in microseconds.
constexpr std::int64_t kSlack = 10'000'000;

class Copy final : public Sink {
 public:
  Copy(Muxer& muxer, const AVStream& source) : muxer_(muxer), time_base_(source.time_base) {
    AVStream& stream = add_stream(muxer, source);
    check(avcodec_parameters_copy(stream.codecpar, source.codecpar), muxer.name());
    stream.codecpar->codec_tag = 0;  // tags are the container's own
    index_ = stream.index;
  }
  void take(AVPacket& packet) override { muxer_.write(packet, index_, time_base_); }
  [[nodiscard]] bool keeps_packets() const override { return true; }
  [[nodiscard]] int index() const { return index_; }

 private:
  Muxer& muxer_;
  AVRational time_base_;
  int index_ = 0;
};

// Matroska keeps a cover as an attached file.
void attach_cover(Muxer& muxer, const AVStream& cover) {
  AVStream& stream = add_stream(muxer, cover);
  stream.disposition = 0;
  AVCodecParameters& parameters = *stream.codecpar;
  const AVPacket& picture = cover.attached_pic;
  parameters.codec_type = AVMEDIA_TYPE_ATTACHMENT;
  parameters.codec_id = cover.codecpar->codec_id;
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(picture.size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw std::bad_alloc();
  parameters.extradata_size = picture.size;
  std::copy_n(picture.data, picture.size, parameters.extradata);
  const bool png = cover.codecpar->codec_id == AV_CODEC_ID_PNG;
  av_dict_set(&stream.metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
  av_dict_set(&stream.metadata, "mimetype", png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
}

void copy_chapters(const AVFormatContext& input, const Range& range, AVFormatContext& output) {
  for (const AVChapter* chapter : std::span(input.chapters, input.nb_chapters)) {
    const std::int64_t offset = av_rescale_q(range.offset, kMicroseconds, chapter->time_base);
    const std::int64_t end = range.end ? av_rescale_q(*range.end, kMicroseconds, chapter->time_base) : INT64_MAX;
    if (chapter->end - offset <= 0 || chapter->start - offset >= end) continue;
    auto* copy = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (copy == nullptr) throw std::bad_alloc();
    copy->id = chapter->id;
    copy->time_base = chapter->time_base;
    copy->start = std::max<std::int64_t>(0, chapter->start - offset);
    copy->end = std::min(end, chapter->end - offset);
    copy_metadata(copy->metadata, chapter->metadata);
    int count = static_cast<int>(output.nb_chapters);
    check(av_dynarray_add_nofree(&output.chapters, &count, copy), output.url);
    output.nb_chapters = static_cast<unsigned>(count);
  }
}

}  // namespace

OtherStreams::OtherStreams(const VideoReader::Impl& source, Muxer& muxer, bool audio, const Say& say)
    : source_(source), muxer_(muxer), input_(open_input(source.file)), packet_(make_packet()) {
  copy_metadata(muxer.context().metadata, input_->metadata);
  copy_chapters(*input_, source.range, muxer.context());
  sinks_.resize(input_->nb_streams);
  std::string dropped;
  for (AVStream* stream : std::span(input_->streams, input_->nb_streams)) {
    if (stream->index == source.stream->index) {
      stream->discard = AVDISCARD_ALL;
      continue;
    }
    if (!add(*stream, audio)) {
      const char* type = av_get_media_type_string(stream->codecpar->codec_type);
      dropped += fmt::format("{}{} {} (stream {})", dropped.empty() ? "" : ", ",
                             is_cover_art(*stream) ? "cover"
                             : type == nullptr     ? "unknown"
                                                   : type,
                             avcodec_get_name(stream->codecpar->codec_id), stream->index);
    }
    if (!sinks_[static_cast<std::size_t>(stream->index)]) stream->discard = AVDISCARD_ALL;
  }
  if (!dropped.empty()) {
    say(fmt::format("{}: dropped, since {} has no place for it: {}", muxer.name().string(), muxer.container().name,
                    dropped));
  }
  seek();
}

bool OtherStreams::add(const AVStream& stream, bool audio) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVOutputFormat& container = muxer_.container();
  const AVCodecID codec = parameters.codec_id;
  std::unique_ptr<Sink>& sink = sinks_[static_cast<std::size_t>(stream.index)];
  if (is_cover_art(stream)) {
    const bool kept =
        stream.attached_pic.size > 0 && (muxer_.is("matroska") || (muxer_.is_mp4_family() && !muxer_.is("mov")));
    if (kept && muxer_.is("matroska")) attach_cover(muxer_, stream);
    if (kept && !muxer_.is("matroska")) covers_.emplace_back(&stream, Copy(muxer_, stream).index());
    return kept;
  }
  switch (parameters.codec_type) {
    case AVMEDIA_TYPE_AUDIO:
      if (!audio) return true;
      if (parameters.sample_rate <= 0 || parameters.ch_layout.nb_channels <= 0) return false;  // cut off too early
      if (muxer_.is("flv") && has_sound()) return false;
      if (container_takes(container, codec)) {
        sink = std::make_unique<Copy>(muxer_, stream);
      } else {
        sink = make_audio_encoder(muxer_, source_, stream);
      }
      return sink != nullptr;
    case AVMEDIA_TYPE_SUBTITLE:
      if (container_takes(container, codec)) {
        sink = std::make_unique<Copy>(muxer_, stream);
      } else {
        sink = make_subtitle_converter(muxer_, source_, stream);
      }
      return sink != nullptr;
    case AVMEDIA_TYPE_ATTACHMENT:
      if (!muxer_.is("matroska")) return false;
      (void)Copy(muxer_, stream);  // all of it is in the header
      return true;
    case AVMEDIA_TYPE_DATA:
      // Time codes and chapters of QuickTime also stand in the metadata, from which they are written again.
      return parameters.codec_tag == MKTAG('t', 'm', 'c', 'd') ||
             (parameters.codec_tag == MKTAG('t', 'e', 'x', 't') && input_->nb_chapters > 0);
    default:
      return false;
  }
}

bool OtherStreams::has_sound() const {
  const AVFormatContext& output = muxer_.context();
  return std::any_of(output.streams, output.streams + output.nb_streams,
                     [](const AVStream* stream) { return stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO; });
}

void OtherStreams::seek() {
  if (!source_.range.seeks) return;
  if (std::all_of(sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink == nullptr; })) return;
  // Where seeking fails, what comes before the range is read and left out.
  (void)avformat_seek_file(input_.get(), -1, INT64_MIN, source_.range.offset, source_.range.offset, 0);
}

bool OtherStreams::read() {
  for (;;) {
    av_packet_unref(packet_.get());
    (void)take_logged_error();
    const int got = av_read_frame(input_.get(), packet_.get());
    if (got < 0) {
      // A file that was cut off ends with an error, or only with a remark in the log.
      const std::string logged = logged_demuxer_error();
      if (got != AVERROR_EOF || !logged.empty()) damage_ = logged.empty() ? error_text(got) : logged;
      return false;
    }
    // Half a packet; a broadcast goes on after it.
    const bool broadcast = (input_->iformat->flags & AVFMT_TS_DISCONT) != 0;
    if ((packet_->flags & AV_PKT_FLAG_CORRUPT) == 0 || broadcast) return true;
    damage_ = "the file is cut off";
  }
}

bool OtherStreams::peek() {
  if (held_) return true;
  do {
    if (!read()) return false;
  } while (static_cast<std::size_t>(packet_->stream_index) >= sinks_.size() ||
           !sinks_[static_cast<std::size_t>(packet_->stream_index)]);
  const AVRational time_base = input_->streams[packet_->stream_index]->time_base;
  const std::int64_t offset = av_rescale_q(source_.range.offset, kMicroseconds, time_base);
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts -= offset;
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts -= offset;
  const std::int64_t time = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
  if (time != AV_NOPTS_VALUE) now_ = av_rescale_q(time, time_base, kMicroseconds);
  held_ = true;
  return true;
}

void OtherStreams::deliver(std::optional<std::int64_t> end) {
  held_ = false;
  Sink& sink = *sinks_[static_cast<std::size_t>(packet_->stream_index)];
  const bool early = source_.range.seeks && now_ < 0 && sink.keeps_packets();
  if (!early && (!end || now_ < *end)) sink.take(*packet_);
}

void OtherStreams::begin() {
  for (const auto& [cover, index] : covers_) {
    const Packet packet = make_packet();
    check(av_packet_ref(packet.get(), &cover->attached_pic), muxer_.name());
    packet->pts = packet->dts = 0;
    muxer_.write(*packet, index, cover->time_base);
  }
}

void OtherStreams::pull(std::int64_t until) {
  while (peek() && now_ < until) deliver(source_.range.end);
}

void OtherStreams::finish(std::optional<std::int64_t> end) {
  if (source_.range.end) end = std::min(end.value_or(*source_.range.end), *source_.range.end);
  while (peek() && (!end || now_ < *end + kSlack)) deliver(end);
  for (const std::unique_ptr<Sink>& sink : sinks_) {
    if (sink) sink->finish(end);
  }
}

}  // namespace impasto::media
