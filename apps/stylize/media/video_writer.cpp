#include "apps/stylize/media/encoder.h"
#include "apps/stylize/media/muxer.h"
#include "apps/stylize/media/pixel_mapping.h"
#include "apps/stylize/media/streams.h"
#include "apps/stylize/media/video_reader.h"

#include <algorithm>
#include <map>
#include <new>

namespace impasto::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

// Codecs whose time base is the frame rate.
bool counts_frames(AVCodecID id) {
  return id == AV_CODEC_ID_MPEG4 || id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG1VIDEO ||
         id == AV_CODEC_ID_H263 || id == AV_CODEC_ID_THEORA;
}

}  // namespace

struct VideoWriter::Impl {
  Impl(const std::filesystem::path& file, const WriteOptions& options, const VideoReader::Impl& from, int width,
       int height, Content content, const Say& say);

  void write(const Picture& picture);
  void finish();
  [[nodiscard]] std::string damage() const { return others_ ? others_->damage() : std::string(); }

  PixelFormat format;
  bool alpha = false;

 private:
  [[nodiscard]] bool is_matte() const { return content_ == Content::matte; }
  void choose_format(const WriteOptions& options, int width, int height, const Say& say);
  void choose_time_base();
  void describe_stream();
  void drain();  // packets of the encoder into the file, other streams before them
  void scale_alpha(const std::vector<std::byte>& from);

  const VideoReader::Impl& source_;
  Content content_;
  Muxer muxer_;
  Encoder encoder_;
  AVStream* stream_ = nullptr;
  std::optional<OtherStreams> others_;
  Frame frame_;
  Packet packet_;
  bool fixed_rate_ = false;
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  std::int64_t end_ = 0;                            // of the last frame, in the encoder's time base
  std::map<std::int64_t, std::int64_t> durations_;  // of frames inside the encoder, by pts
  std::vector<std::uint16_t> line_;
  Picture scaled_;
};

VideoWriter::Impl::Impl(const std::filesystem::path& file, const WriteOptions& options, const VideoReader::Impl& from,
                        int width, int height, Content content, const Say& say)
    : source_(from), content_(content), muxer_(file), frame_(make_frame()), packet_(make_packet()) {
  const AVCodec& codec = choose_video_encoder(muxer_.container(), options.codec, content_);
  encoder_.reset(avcodec_alloc_context3(&codec));
  if (!encoder_) throw std::bad_alloc();
  encoder_->width = width;
  encoder_->height = height;
  choose_format(options, width, height, say);
  choose_time_base();
  encoder_->sample_aspect_ratio = source_.sample_aspect;
  if ((muxer_.container().flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (muxer_.is("avi")) encoder_->max_b_frames = 0;  // it has no place for two orders
  open_video_encoder(*encoder_, options, content_);
  describe_stream();
  if (!is_matte()) others_.emplace(source_, muxer_, options.audio, say);
  muxer_.begin();
  if (others_) others_->begin();
}

void VideoWriter::Impl::choose_format(const WriteOptions& options, int width, int height, const Say& say) {
  AVCodecContext& e = *encoder_;
  e.pix_fmt = choose_pixel_format(*e.codec, options.pix_fmt, source_, width, height, content_, say);
  const Layout layout = *layout_of(e.pix_fmt);
  const PixelFormat& in = source_.layout.format;
  format = layout.format;
  format.kr = in.kr;
  format.kb = in.kb;
  format.site = in.site;
  if (format.model == PixelFormat::Model::yuv) {
    if (in.model != PixelFormat::Model::yuv) {
      // A matrix has to be chosen: the one that a player takes for this size.
      ColourTags guess;
      guess.matrix = guessed_matrix(width, height);
      set_colour(format, guess, width, height, say);
    }
    const bool full = e.codec_id == AV_CODEC_ID_MJPEG || layout.format.range == PixelFormat::Range::full ||
                      (in.model == PixelFormat::Model::yuv && in.range == PixelFormat::Range::full);
    format.range = full ? PixelFormat::Range::full : PixelFormat::Range::limited;
  } else {
    format.range = format.model == PixelFormat::Model::grey ? in.range : PixelFormat::Range::full;
  }
  if (is_matte()) {
    format = {};
    format.model = PixelFormat::Model::grey;
  }
  const bool carried = source_.layout.alpha && width == source_.width && height == source_.height;
  alpha = layout.alpha && (carried || content_ == Content::cut_out);
  if (source_.layout.alpha && !alpha && !is_matte()) {
    say(fmt::format("{}: the input's alpha is dropped; {} as {} has no place for it", muxer_.name().string(),
                    e.codec->name, av_get_pix_fmt_name(e.pix_fmt)));
  }
  const ColourTags tags = output_tags(format, in, source_.tags, width, height);
  e.color_primaries = tags.primaries;
  e.color_trc = tags.transfer;
  e.colorspace = is_matte() ? AVCOL_SPC_UNSPECIFIED : tags.matrix;
  e.color_range = tags.range;
  e.chroma_sample_location = tags.site;
}

void VideoWriter::Impl::choose_time_base() {
  AVCodecContext& e = *encoder_;
  e.framerate = source_.frame_rate;
  const bool variable = muxer_.is_mp4_family() || (muxer_.container().flags & AVFMT_VARIABLE_FPS) != 0;
  fixed_rate_ = !variable || counts_frames(e.codec_id);
  e.time_base = fixed_rate_ ? av_inv_q(source_.frame_rate) : source_.time_base;
  if (fixed_rate_ && e.codec->supported_framerates != nullptr) {
    const int nearest = av_find_nearest_q_idx(e.framerate, e.codec->supported_framerates);
    e.framerate = e.codec->supported_framerates[nearest];
    e.time_base = av_inv_q(e.framerate);
  }
}

void VideoWriter::Impl::describe_stream() {
  stream_ = &add_stream(muxer_, *source_.stream);
  stream_->time_base = encoder_->time_base;
  stream_->avg_frame_rate = encoder_->framerate;
  stream_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
  check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()), muxer_.name());
  if (encoder_->codec_id == AV_CODEC_ID_HEVC && muxer_.is_mp4_family()) {
    stream_->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');  // the one that Apple's players know
  }
  for (const AVPacketSideDataType type : {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL}) {
    std::size_t size = 0;
    const std::uint8_t* data = av_stream_get_side_data(source_.stream, type, &size);
    std::uint8_t* copy = data == nullptr || is_matte() ? nullptr : av_stream_new_side_data(stream_, type, size);
    if (copy != nullptr) std::copy_n(data, size, copy);
  }
}

// From the source's depth, in which alpha is carried, to the encoder's.
void VideoWriter::Impl::scale_alpha(const std::vector<std::byte>& from) {
  const int in_depth = source_.layout.format.depth;
  const int in_bytes = in_depth == 8 ? 1 : 2;
  const int out_bytes = format.depth == 8 ? 1 : 2;
  const std::uint32_t in_most = (1U << in_depth) - 1;
  const std::uint32_t out_most = (1U << format.depth) - 1;
  const std::size_t count = from.size() / static_cast<std::size_t>(in_bytes);
  scaled_.alpha.resize(count * static_cast<std::size_t>(out_bytes));
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t v = 0;
    std::copy_n(&from[i * static_cast<std::size_t>(in_bytes)], in_bytes, reinterpret_cast<std::byte*>(&v));
    const std::uint32_t w = static_cast<std::uint32_t>((std::uint64_t{v} * out_most + in_most / 2) / in_most);
    std::copy_n(reinterpret_cast<const std::byte*>(&w), out_bytes,
                &scaled_.alpha[i * static_cast<std::size_t>(out_bytes)]);
  }
}

void VideoWriter::Impl::write(const Picture& picture) {
  std::int64_t pts = av_rescale_q(picture.pts, source_.time_base, encoder_->time_base);
  std::int64_t duration =
      std::max<std::int64_t>(1, av_rescale_q(picture.duration, source_.time_base, encoder_->time_base));
  if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_) {
    if (fixed_rate_) return;  // two frames in one place
    pts = last_pts_ + 1;
  }
  if (fixed_rate_) duration = 1;
  last_pts_ = pts;
  end_ = pts + duration;
  durations_[pts] = duration;

  if (frame_->buf[0] == nullptr || av_frame_is_writable(frame_.get()) == 0) {
    av_frame_unref(frame_.get());
    frame_->format = encoder_->pix_fmt;
    frame_->width = encoder_->width;
    frame_->height = encoder_->height;
    check(av_frame_get_buffer(frame_.get(), 0), muxer_.name());
  }
  frame_->color_primaries = encoder_->color_primaries;
  frame_->color_trc = encoder_->color_trc;
  frame_->colorspace = encoder_->colorspace;
  frame_->color_range = encoder_->color_range;
  frame_->chroma_location = encoder_->chroma_sample_location;
  frame_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
  frame_->pts = pts;
  frame_->pkt_duration = duration;
  frame_->quality = encoder_->global_quality;
  if (alpha && content_ != Content::cut_out && format.depth != source_.layout.format.depth) {
    scaled_.planes = picture.planes;
    scale_alpha(picture.alpha);
    pack(scaled_, format, *frame_, line_);
  } else {
    pack(picture, format, *frame_, line_);
  }
  (void)take_logged_error();
  check(avcodec_send_frame(encoder_.get(), frame_.get()), muxer_.name(), encoder_->codec->name);
  drain();
}

void VideoWriter::Impl::drain() {
  for (;;) {
    const int got = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return;
    check(got, muxer_.name(), encoder_->codec->name);
    const auto known = durations_.find(packet_->pts);
    if (known != durations_.end()) {
      packet_->duration = known->second;
      durations_.erase(known);
    }
    if (others_) others_->pull(av_rescale_q(packet_->dts, encoder_->time_base, kMicroseconds));
    muxer_.write(*packet_, stream_->index, encoder_->time_base);
  }
}

void VideoWriter::Impl::finish() {
  check(avcodec_send_frame(encoder_.get(), nullptr), muxer_.name(), encoder_->codec->name);
  drain();
  if (others_) {
    std::optional<std::int64_t> end;
    if (!source_.whole) end = av_rescale_q(end_, encoder_->time_base, kMicroseconds);
    others_->finish(end);
  }
  muxer_.finish();
}

VideoWriter::VideoWriter(const std::filesystem::path& file, const WriteOptions& options, VideoReader& source, int width,
                         int height, Content content, const Say& say)
    : impl_(std::make_unique<Impl>(file, options, source.impl(), width, height, content, say)) {}
VideoWriter::~VideoWriter() = default;

PixelFormat VideoWriter::format() const {
  return impl_->format;
}
bool VideoWriter::takes_alpha() const {
  return impl_->alpha;
}
void VideoWriter::write(const Picture& picture) {
  impl_->write(picture);
}
void VideoWriter::finish() {
  impl_->finish();
}
std::string VideoWriter::damage() const {
  return impl_->damage();
}

}  // namespace impasto::media
