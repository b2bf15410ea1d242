#include "apps/stylize/media/audio_encoder.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <limits>
#include <new>
#include <span>

namespace impasto::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr int kOpusRate = 48000;
constexpr std::int64_t kBitsPerChannel = 96'000;
constexpr int kChunk = 1024;  // samples a packet, for encoders that take any number

struct SwrFree {
  void operator()(SwrContext* s) const { swr_free(&s); }
  void operator()(AVAudioFifo* f) const { av_audio_fifo_free(f); }
};

AVCodecID sound_codec(const AVOutputFormat& container) {
  if (std::string_view(container.name) == "webm") return AV_CODEC_ID_OPUS;
  const bool aac = container_takes(container, AV_CODEC_ID_AAC);
  return aac ? AV_CODEC_ID_AAC : container.audio_codec;
}

int nearest_rate(const AVCodec& codec, int rate) {
  if (codec.id == AV_CODEC_ID_OPUS) return kOpusRate;
  int best = codec.supported_samplerates == nullptr ? rate : 0;
  for (const int* r = codec.supported_samplerates; r != nullptr && *r != 0; ++r) {
    if (best == 0 || std::abs(*r - rate) < std::abs(best - rate)) best = *r;
  }
  return best;
}

// An open encoder for the decoder's sound: with its channels, or their default arrangement, or in stereo.
Encoder open_sound_encoder(const AVCodec& codec, const AVCodecContext& decoder, bool global_header) {
  const int channels = decoder.ch_layout.nb_channels;
  for (const int attempt : {0, 1, 2}) {
    Encoder encoder(avcodec_alloc_context3(&codec));
    if (!encoder) throw std::bad_alloc();
    if (attempt == 0 && decoder.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC) {
      if (av_channel_layout_copy(&encoder->ch_layout, &decoder.ch_layout) < 0) throw std::bad_alloc();
    } else {
      av_channel_layout_default(&encoder->ch_layout, attempt == 2 ? std::min(2, channels) : channels);
    }
    encoder->sample_rate = nearest_rate(codec, decoder.sample_rate);
    encoder->sample_fmt = codec.sample_fmts == nullptr ? decoder.sample_fmt : codec.sample_fmts[0];
    encoder->time_base = {1, encoder->sample_rate};
    encoder->bit_rate = kBitsPerChannel * encoder->ch_layout.nb_channels;
    if (global_header) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (avcodec_open2(encoder.get(), &codec, nullptr) >= 0) return encoder;
  }
  return nullptr;
}

class AudioEncoder final : public Sink {
 public:
  AudioEncoder(Muxer& muxer, const AVStream& source, Decoder decoder, Encoder encoder)
      : muxer_(muxer),
        decoder_(std::move(decoder)),
        encoder_(std::move(encoder)),
        frame_(make_frame()),
        packet_(make_packet()),
        fifo_(av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels, kChunk)) {
    if (!fifo_) throw std::bad_alloc();
    AVStream& stream = add_stream(muxer, source);
    stream.time_base = encoder_->time_base;
    check(avcodec_parameters_from_context(stream.codecpar, encoder_.get()), muxer.name());
    index_ = stream.index;
  }

  void take(AVPacket& packet) override {
    // A packet that cannot be decoded leaves a gap, which silence fills.
    if (avcodec_send_packet(decoder_.get(), &packet) >= 0) decode();
  }

  void finish(std::optional<std::int64_t> end) override {
    avcodec_send_packet(decoder_.get(), nullptr);
    decode();
    flush_resampler();
    int samples = av_audio_fifo_size(fifo_.get());
    if (end) {
      const std::int64_t left = av_rescale_q(*end, kMicroseconds, encoder_->time_base) - encoded_;
      samples = static_cast<int>(std::clamp<std::int64_t>(left, 0, samples));
    }
    while (samples > 0) samples -= encode(std::min(samples, packet_samples()));
    check(avcodec_send_frame(encoder_.get(), nullptr), muxer_.name(), encoder_->codec->name);
    drain();
  }

 private:
  [[nodiscard]] int packet_samples() const { return encoder_->frame_size > 0 ? encoder_->frame_size : kChunk; }

  void decode() {
    while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
      if (!resampler_ || frame_->format != in_format_ || frame_->sample_rate != in_rate_ ||
          frame_->ch_layout.nb_channels != in_channels_) {
        flush_resampler();
        start_resampler();
      }
      const std::int64_t pts = frame_->best_effort_timestamp;
      if (pts != AV_NOPTS_VALUE) {
        // In units of 1 / (input rate * output rate); gaps are filled with silence, what overlaps is left out.
        const AVRational unit{1, in_rate_};
        swr_next_pts(resampler_.get(), av_rescale_q(pts, decoder_->pkt_timebase, unit) * encoder_->sample_rate);
      }
      convert(const_cast<const std::uint8_t**>(frame_->extended_data), frame_->nb_samples);
      while (av_audio_fifo_size(fifo_.get()) >= packet_samples()) encode(packet_samples());
    }
  }

  void start_resampler() {
    SwrContext* context = nullptr;
    const auto format = static_cast<AVSampleFormat>(frame_->format);
    check(swr_alloc_set_opts2(&context, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate,
                              &frame_->ch_layout, format, frame_->sample_rate, 0, nullptr),
          muxer_.name());
    resampler_.reset(context);
    in_format_ = frame_->format;
    in_rate_ = frame_->sample_rate;
    in_channels_ = frame_->ch_layout.nb_channels;
    av_opt_set_int(context, "async", 1, 0);
    av_opt_set_int(context, "first_pts", encoded_ + av_audio_fifo_size(fifo_.get()), 0);
    check(swr_init(context), muxer_.name(), "resampling of sound");
  }

  void flush_resampler() {
    if (resampler_) convert(nullptr, 0);
  }

  void convert(const std::uint8_t** samples, int count) {
    const int room = swr_get_out_samples(resampler_.get(), count);
    if (room <= 0) return;
    const Frame out = make_frame();
    out->format = encoder_->sample_fmt;
    out->sample_rate = encoder_->sample_rate;
    out->nb_samples = room;
    check(av_channel_layout_copy(&out->ch_layout, &encoder_->ch_layout), muxer_.name());
    check(av_frame_get_buffer(out.get(), 0), muxer_.name());
    const int got = check(swr_convert(resampler_.get(), out->extended_data, room, samples, count), muxer_.name());
    check(av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(out->extended_data), got), muxer_.name());
  }

  int encode(int samples) {
    const Frame in = make_frame();
    in->format = encoder_->sample_fmt;
    in->sample_rate = encoder_->sample_rate;
    in->nb_samples = samples;
    in->pts = encoded_;
    check(av_channel_layout_copy(&in->ch_layout, &encoder_->ch_layout), muxer_.name());
    check(av_frame_get_buffer(in.get(), 0), muxer_.name());
    check(av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(in->extended_data), samples), muxer_.name());
    check(avcodec_send_frame(encoder_.get(), in.get()), muxer_.name(), encoder_->codec->name);
    encoded_ += samples;
    drain();
    return samples;
  }

  void drain() {
    while (avcodec_receive_packet(encoder_.get(), packet_.get()) >= 0) {
      muxer_.write(*packet_, index_, encoder_->time_base);
    }
  }

  Muxer& muxer_;
  Decoder decoder_;
  Encoder encoder_;
  Frame frame_;
  Packet packet_;
  std::unique_ptr<SwrContext, SwrFree> resampler_;
  std::unique_ptr<AVAudioFifo, SwrFree> fifo_;
  int index_ = 0;
  int in_format_ = 0;
  int in_rate_ = 0;
  int in_channels_ = 0;
  std::int64_t encoded_ = 0;  // samples, which is the time on our clock
};

}  // namespace

std::unique_ptr<Sink> make_audio_encoder(Muxer& muxer, const VideoReader::Impl& source, const AVStream& stream) {
  const AVCodec* codec = avcodec_find_encoder(sound_codec(muxer.container()));
  if (codec == nullptr || avcodec_find_decoder(stream.codecpar->codec_id) == nullptr) return nullptr;
  Decoder decoder = open_decoder(source.file, stream, 1);
  const bool global_header = (muxer.container().flags & AVFMT_GLOBALHEADER) != 0;
  Encoder encoder = open_sound_encoder(*codec, *decoder, global_header);
  if (!encoder) return nullptr;
  return std::make_unique<AudioEncoder>(muxer, stream, std::move(decoder), std::move(encoder));
}

}  // namespace impasto::media
