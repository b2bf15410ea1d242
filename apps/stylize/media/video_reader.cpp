#include "apps/stylize/media/video_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace impasto::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr AVRational kUnknownRate{25, 1};

std::int64_t microseconds(double seconds) {
  return std::llround(seconds * AV_TIME_BASE);
}

}  // namespace

VideoReader::Impl::Impl(const std::filesystem::path& name, const ReadOptions& read_options, const Say& say_to)
    : file(name), options(read_options), say(say_to), input(open_input(name)), packet_(make_packet()) {
  // A short file is read to its end to find its streams: then only now FFmpeg says that it is cut off.
  if (input->pb != nullptr && avio_feof(input->pb) != 0) end_remark_ = logged_demuxer_error();
  choose_stream();
  decoder_ = open_decoder(file, *stream, options.threads);
  choose_range();
  start();

  AVFrame& first = *next_;
  stored_format = static_cast<AVPixelFormat>(first.format);
  stored_width_ = first.width;
  stored_height_ = first.height;
  mapped_format_ = layout_of(stored_format) ? stored_format : nearest_known(first);
  if (mapped_format_ == AV_PIX_FMT_NONE) {
    fail("{}: pixel format {} is not supported", file.string(), av_get_pix_fmt_name(stored_format));
  }
  orientation_ = orientation_of(first);
  width = orientation_.transpose ? first.height : first.width;
  height = orientation_.transpose ? first.width : first.height;
  tags = tags_of(first);
  layout = *layout_of(mapped_format_);
  const auto told = [this](const std::string& what) { say(fmt::format("{}: {}", file.string(), what)); };
  set_colour(layout.format, tags, first.width, first.height, told);
  layout.format = turned(layout.format, first.width, first.height, orientation_);
  if (tags.hdr()) {
    told(fmt::format("high dynamic range ({}) is handled as if it were standard; its tags are kept",
                     av_color_transfer_name(tags.transfer)));
  }
  sample_aspect = av_guess_sample_aspect_ratio(input.get(), const_cast<AVStream*>(stream), &first);
  if (orientation_.transpose) std::swap(sample_aspect.num, sample_aspect.den);
}

void VideoReader::Impl::choose_stream() {
  // The stream marked as default, else the largest, else the first.
  const auto better = [](const AVStream& a, const AVStream& b) {
    const auto rank = [](const AVStream& s) {
      return std::pair((s.disposition & AV_DISPOSITION_DEFAULT) != 0,
                       std::int64_t{s.codecpar->width} * s.codecpar->height);
    };
    return rank(a) > rank(b);
  };
  bool art = false;
  for (AVStream* candidate : std::span(input->streams, input->nb_streams)) {
    candidate->discard = AVDISCARD_ALL;
    if (candidate->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    art = art || is_cover_art(*candidate);
    if (!is_cover_art(*candidate) && (stream == nullptr || better(*candidate, *stream))) stream = candidate;
  }
  if (stream == nullptr) fail("{}: has no video stream{}", file.string(), art ? ", only cover art" : "");
  input->streams[stream->index]->discard = AVDISCARD_DEFAULT;

  frame_rate = av_guess_frame_rate(input.get(), input->streams[stream->index], nullptr);
  if (frame_rate.num <= 0 || frame_rate.den <= 0) frame_rate = kUnknownRate;
  guessed_duration_ = std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(frame_rate), stream->time_base));
  time_base = stream->time_base;
  if (options.fps) {
    frame_rate = {options.fps->first, options.fps->second};
    time_base = av_inv_q(frame_rate);
  }
}

void VideoReader::Impl::choose_range() {
  const std::int64_t begin = input->start_time == AV_NOPTS_VALUE ? 0 : input->start_time;
  const std::int64_t wanted = begin + (options.start ? microseconds(*options.start) : 0);
  range.seeks = options.start.has_value();
  if (range.seeks) {
    range.offset = wanted;
  } else if ((input->iformat->flags & AVFMT_TS_DISCONT) != 0) {
    range.offset = begin;  // a broadcast's clock starts anywhere
  } else if (stream->start_time != AV_NOPTS_VALUE && stream->start_time < 0) {
    range.offset = av_rescale_q(stream->start_time, stream->time_base, kMicroseconds);
  }
  if (options.duration) {
    range.end = wanted + microseconds(*options.duration) - range.offset;
  } else if (options.to) {
    range.end = begin + microseconds(*options.to) - range.offset;
    if (options.start && *options.to <= *options.start) {
      fail_usage("-to {} is not after -ss {}", *options.to, *options.start);
    }
  }
}

void VideoReader::Impl::start() {
  next_ = make_frame();
  // Some containers seek to what is no key frame, or find one too late: then further back, at last to the beginning.
  constexpr std::array<double, 3> kBack{0.2, 3, 15};
  const bool can_seek = range.seeks && (input->iformat->flags & AVFMT_NOTIMESTAMPS) == 0;
  bool found = false;
  for (std::size_t attempt = 0; can_seek && !found && attempt < kBack.size(); ++attempt) {
    const std::int64_t target =
        av_rescale_q(range.offset - microseconds(kBack[attempt]), kMicroseconds, stream->time_base);
    if (av_seek_frame(input.get(), stream->index, target, AVSEEK_FLAG_BACKWARD) < 0) break;
    avcodec_flush_buffers(decoder_.get());
    flushed_ = had_frame_ = false;
    damage_.clear();
    last_pts_ = AV_NOPTS_VALUE;
    found = decode(next_) && next_->best_effort_timestamp != AV_NOPTS_VALUE && next_->pts <= 0;
  }
  if (range.seeks && !found) {
    if (can_seek) {
      const int index = stream->index;
      input = open_input(file);
      stream = input->streams[index];
      for (AVStream* other : std::span(input->streams, input->nb_streams)) {
        if (other->index != index) other->discard = AVDISCARD_ALL;
      }
      decoder_ = open_decoder(file, *stream, options.threads);
      flushed_ = had_frame_ = false;
      damage_.clear();
      last_pts_ = AV_NOPTS_VALUE;
    }
    found = decode(next_);
  }
  if (!range.seeks) found = decode(next_);
  while (found && next_->pts < 0) found = decode(next_);
  if (found && (!range.end || next_->pts < av_rescale_q(*range.end, kMicroseconds, stream->time_base))) {
    if (options.fps) fps_index_ = av_rescale_q(next_->pts, stream->time_base, time_base);
    return;
  }
  if (!damage_.empty()) fail("{}: damaged before the first frame: {}", file.string(), damage_);
  if (range.seeks || range.end) fail("{}: has no frames in the range of -ss, -to and -t", file.string());
  const std::string logged = take_logged_error();
  fail("{}: has no frames{}", file.string(), logged.empty() ? "" : " (" + logged + ")");
}

bool VideoReader::Impl::feed() {
  (void)take_logged_error();
  for (;;) {
    av_packet_unref(packet_.get());
    const int got = av_read_frame(input.get(), packet_.get());
    if (got == AVERROR(EAGAIN) || (got >= 0 && packet_->stream_index != stream->index)) continue;
    // A broadcast's missing packets are no damage: it goes on after them.
    const bool broadcast = (input->iformat->flags & AVFMT_TS_DISCONT) != 0;
    const bool cut = got >= 0 && (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && had_frame_ && !broadcast;
    if (got >= 0 && !cut) break;
    // A file that was cut off ends with half a packet, with an error, or only with a remark in the log.
    std::string logged = take_logged_error();
    if (logged.empty() && got == AVERROR_EOF) logged = end_remark_;
    if (cut) damage_ = logged.empty() ? "the file is cut off" : logged;
    if (got < 0 && got != AVERROR_EOF) damage_ = logged.empty() ? error_text(got) : logged;
    if (got == AVERROR_EOF && !logged.empty()) damage_ = logged;
    flushed_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
    return false;
  }
  const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
  if (sent < 0 && had_frame_) damage_ = error_text(sent);
  return true;
}

bool VideoReader::Impl::decode(Frame& frame) {
  for (;;) {
    av_frame_unref(frame.get());
    const int got = avcodec_receive_frame(decoder_.get(), frame.get());
    if (got == AVERROR_EOF) return false;
    if (got == AVERROR(EAGAIN)) {
      if (!flushed_) feed();
      continue;
    }
    // Until the first frame, errors only mean that the file begins between two key frames.
    if (got < 0 || (frame->decode_error_flags != 0 && had_frame_)) {
      if (!had_frame_) continue;
      if (damage_.empty()) damage_ = got < 0 ? error_text(got) : "a frame cannot be decoded wholly";
      return false;
    }
    break;
  }
  had_frame_ = true;
  std::int64_t pts = frame->best_effort_timestamp;
  if (pts == AV_NOPTS_VALUE)
    pts = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + guessed_duration_;
  else
    pts -= av_rescale_q(range.offset, kMicroseconds, stream->time_base);
  if (last_pts_ != AV_NOPTS_VALUE) pts = std::max(pts, last_pts_ + 1);
  last_pts_ = pts;
  frame->pts = pts;
  if (frame->pkt_duration <= 0) frame->pkt_duration = guessed_duration_;
  return true;
}

bool VideoReader::Impl::next_in_range(Frame& frame) {
  if (!decode(frame)) return false;
  return !range.end || frame->pts < av_rescale_q(*range.end, kMicroseconds, stream->time_base);
}

bool VideoReader::Impl::resampled(Frame& frame) {
  const auto index_of = [this](std::int64_t pts) { return av_rescale_q(pts, stream->time_base, time_base); };
  if (!current_) {
    current_ = std::move(next_);
    next_ = make_frame();
    if (!next_in_range(next_)) next_.reset();
  }
  while (next_ && index_of(next_->pts) <= fps_index_) {
    std::swap(current_, next_);
    if (!next_in_range(next_)) next_.reset();
  }
  const std::int64_t end = index_of(current_->pts + current_->pkt_duration);
  if (!next_ && given_ > 0 && fps_index_ >= end) return false;
  if (range.end && given_ > 0 && av_compare_ts(fps_index_, time_base, *range.end, kMicroseconds) >= 0) return false;
  check(av_frame_ref(frame.get(), current_.get()), file);
  frame->pts = fps_index_++;
  frame->pkt_duration = 1;
  return true;
}

Orientation VideoReader::Impl::orientation_of(const AVFrame& frame) const {
  const auto by_matrix = [](const std::uint8_t* data) {
    return from_display_matrix(std::span<const std::int32_t, 9>(reinterpret_cast<const std::int32_t*>(data), 9));
  };
  constexpr std::size_t kSize = 9 * sizeof(std::int32_t);
  const AVFrameSideData* of_frame = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (of_frame != nullptr && of_frame->size >= kSize) return by_matrix(of_frame->data);
  std::size_t size = 0;
  const std::uint8_t* of_stream = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return of_stream != nullptr && size >= kSize ? by_matrix(of_stream) : Orientation{};
}

AVFrame& VideoReader::Impl::convert(AVFrame& frame) {
  if (frame.format == mapped_format_ && frame.width == stored_width_ && frame.height == stored_height_) return frame;
  const AVPixelFormat target = layout.format.semi_planar ? mapped_format_ : planar_format(*layout_of(mapped_format_));
  const auto source = static_cast<AVPixelFormat>(frame.format);
  scaler_.reset(sws_getCachedContext(
      scaler_.release(), frame.width, frame.height, source, stored_width_, stored_height_, target,
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, nullptr, nullptr, nullptr));
  if (!scaler_)
    fail("{}: cannot convert {} to {}", file.string(), av_get_pix_fmt_name(source), av_get_pix_fmt_name(target));
  if (!converted_) {
    converted_ = make_frame();
    converted_->format = target;
    converted_->width = stored_width_;
    converted_->height = stored_height_;
    check(av_frame_get_buffer(converted_.get(), 0), file);
  }
  check(sws_scale_frame(scaler_.get(), converted_.get(), &frame), file);
  return *converted_;
}

bool VideoReader::Impl::read(Picture& picture) {
  if (options.frames && given_ >= *options.frames) return false;
  Frame frame = make_frame();
  bool got = false;
  if (options.fps) {
    got = resampled(frame);
  } else if (next_) {
    frame = std::move(next_);
    got = true;
  } else {
    got = next_in_range(frame);
  }
  if (!got) {
    if (!damage_.empty()) fail("{}: damaged after {} frames: {}", file.string(), given_, damage_);
    whole = true;
    return false;
  }
  picture.format = layout.format;
  unpacker_.unpack(convert(*frame), orientation_, picture);
  picture.pts = frame->pts;
  picture.duration = frame->pkt_duration;
  ++given_;
  return true;
}

std::optional<std::int64_t> VideoReader::Impl::frame_count() const {
  std::optional<std::int64_t> count;
  std::int64_t length = 0;
  if (stream->duration > 0) {
    length = av_rescale_q(stream->duration, stream->time_base, kMicroseconds);
  } else if (input->duration > 0) {
    length = input->duration;
  }
  if (length > 0) {
    const std::int64_t begin = input->start_time == AV_NOPTS_VALUE ? 0 : input->start_time;
    if (range.seeks) length -= range.offset - begin;
    if (range.end) length = std::min(length, *range.end);
    count = std::max<std::int64_t>(1, av_rescale_q(length, kMicroseconds, av_inv_q(frame_rate)));
  }
  if (stream->nb_frames > 0 && !range.seeks && !range.end && !options.fps) count = stream->nb_frames;
  if (options.frames) count = std::min(count.value_or(*options.frames), *options.frames);
  return count;
}

VideoReader::VideoReader(const std::filesystem::path& file, const ReadOptions& options, const Say& say)
    : impl_(std::make_unique<Impl>(file, options, say)) {}
VideoReader::~VideoReader() = default;

int VideoReader::width() const {
  return impl_->width;
}
int VideoReader::height() const {
  return impl_->height;
}
PixelFormat VideoReader::format() const {
  return impl_->layout.format;
}
bool VideoReader::has_alpha() const {
  return impl_->layout.alpha;
}
std::optional<std::int64_t> VideoReader::frame_count() const {
  return impl_->frame_count();
}
double VideoReader::tick() const {
  return av_q2d(impl_->time_base);
}
bool VideoReader::read(Picture& picture) {
  return impl_->read(picture);
}

}  // namespace impasto::media
