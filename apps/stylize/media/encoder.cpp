#include "apps/stylize/media/encoder.h"

#include "apps/stylize/media/muxer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace impasto::media {
namespace {

using Model = PixelFormat::Model;

constexpr double kDefaultCrf = 18;
constexpr int kGoodQuantiser = 3;  // of encoders that know no crf

// FFV1 of FFmpeg 5.1 loses bits of these two.
bool is_broken(const AVCodec& codec, AVPixelFormat format) {
  return codec.id == AV_CODEC_ID_FFV1 && (format == AV_PIX_FMT_GBRAP10LE || format == AV_PIX_FMT_GBRAP12LE);
}

bool takes(const AVCodec& codec, AVPixelFormat format) {
  for (const AVPixelFormat* f = codec.pix_fmts; f != nullptr && *f != AV_PIX_FMT_NONE; ++f) {
    if (*f == format) return true;
  }
  return codec.pix_fmts == nullptr;
}

const AVCodec& encoder_of(AVCodecID id) {
  const AVCodec* codec = avcodec_find_encoder(id);
  if (codec == nullptr) fail("this FFmpeg has no encoder for {}", avcodec_get_name(id));
  return *codec;
}

const AVCodec& encoder_named(const char* name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) fail("this FFmpeg has no encoder {}", name);
  return *codec;
}

bool is_one_of(const AVOutputFormat& container, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), container.name) != names.end();
}

std::string names_of(const AVPixelFormat* formats) {
  std::string names;
  for (; formats != nullptr && *formats != AV_PIX_FMT_NONE; ++formats) {
    names += std::string(names.empty() ? "" : " ") + av_get_pix_fmt_name(*formats);
  }
  return names;
}

// The encoder's format of exactly these samples, or none.
AVPixelFormat same_format(const AVCodec& codec, const Layout& layout) {
  for (const AVPixelFormat* f = codec.pix_fmts; f != nullptr && *f != AV_PIX_FMT_NONE; ++f) {
    const std::optional<Layout> candidate = layout_of(*f);
    if (candidate && same_samples(*candidate, layout) && !is_broken(codec, *f)) return *f;
  }
  return codec.pix_fmts == nullptr ? planar_format(layout) : AV_PIX_FMT_NONE;
}

// The encoder's format that loses least.
AVPixelFormat closest_format(const AVCodec& codec, const Layout& layout) {
  if (const AVPixelFormat same = same_format(codec, layout); same != AV_PIX_FMT_NONE) return same;
  const AVPixelFormat source = planar_format(layout);
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (const AVPixelFormat* f = codec.pix_fmts; *f != AV_PIX_FMT_NONE; ++f) {
    if (!layout_of(*f) || is_broken(codec, *f)) continue;
    int loss = 0;
    best = av_find_best_pix_fmt_of_2(best, *f, source == AV_PIX_FMT_NONE ? AV_PIX_FMT_YUV444P : source,
                                     layout.alpha ? 1 : 0, &loss);
  }
  const bool colourless = best != AV_PIX_FMT_NONE && layout_of(best)->format.model == Model::grey;
  if (best == AV_PIX_FMT_NONE || (colourless && layout.format.model != Model::grey))
    fail_usage("encoder {} takes none of the pixel formats that can be given to it", codec.name);
  return best;
}

AVPixelFormat format_with_alpha(const AVCodec& codec, Layout layout) {
  if (codec.id == AV_CODEC_ID_VP9) return AV_PIX_FMT_YUVA420P;
  if (codec.id == AV_CODEC_ID_PRORES) return AV_PIX_FMT_YUVA444P10LE;
  layout.alpha = true;
  if (layout.format.model == Model::grey) layout.format.model = Model::yuv;  // paint has colours
  return closest_format(codec, layout);
}

// Sets an option of the encoder or of its private part; false if there is none of that name.
bool set_option(AVCodecContext& encoder, const std::string& name, const std::string& value, const std::string& flag) {
  const int set = av_opt_set(&encoder, name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
  if (set == AVERROR_OPTION_NOT_FOUND) return false;
  if (set < 0) fail_usage("{}: encoder {} does not take this value: {}", flag, encoder.codec->name, error_text(set));
  return true;
}

bool has_option(const AVCodecContext& encoder, const char* name) {
  return encoder.codec->priv_class != nullptr && av_opt_find(encoder.priv_data, name, nullptr, 0, 0) != nullptr;
}

void set_quality(AVCodecContext& encoder, const WriteOptions& options) {
  const AVCodecDescriptor& descriptor = *avcodec_descriptor_get(encoder.codec_id);
  const std::string name = encoder.codec->name;
  if (!options.bitrate.empty() && !set_option(encoder, "b", options.bitrate, "--bitrate " + options.bitrate)) {
    fail_usage("--bitrate {}: encoder {} has no such option", options.bitrate, name);
  }
  const bool given =
      std::any_of(options.encoder_options.begin(), options.encoder_options.end(), [](const auto& option) {
        return option.first == "crf" || option.first == "qp" || option.first == "b" || option.first == "lossless";
      });
  // x264 and x265 take more than their most for their most.
  constexpr double kMostOfX26 = 51;
  if (options.crf && *options.crf > kMostOfX26 && name.starts_with("libx26")) {
    fail_usage("--crf {}: encoder {} takes 0 to {}", *options.crf, name, kMostOfX26);
  }
  if (has_option(encoder, "crf")) {
    if (options.crf || (options.bitrate.empty() && !given)) {
      const std::string crf = fmt::format("{}", options.crf.value_or(kDefaultCrf));
      set_option(encoder, "crf", crf, "--crf " + crf);
      if (options.bitrate.empty()) encoder.bit_rate = 0;
    }
  } else if (options.crf) {
    fail_usage("--crf {}: encoder {} has no such option", *options.crf, name);
  } else if (options.bitrate.empty() && !given && (descriptor.props & AV_CODEC_PROP_LOSSY) != 0 &&
             (descriptor.props & AV_CODEC_PROP_LOSSLESS) == 0 && encoder.codec_id != AV_CODEC_ID_THEORA) {
    encoder.flags |= AV_CODEC_FLAG_QSCALE;
    encoder.global_quality = kGoodQuantiser * FF_QP2LAMBDA;
  }
}

// x264 and x265 report an unknown preset on stderr, so it is found before they see it.
void check_preset(const AVCodecContext& encoder, const std::string& preset) {
  constexpr std::array<std::string_view, 10> kPresets{"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                                      "medium",    "slow",      "slower",   "veryslow", "placebo"};
  if (!std::string_view(encoder.codec->name).starts_with("libx26")) return;
  if (std::find(kPresets.begin(), kPresets.end(), preset) != kPresets.end()) return;
  fail_usage("--preset {}: encoder {} takes {}", preset, encoder.codec->name, fmt::join(kPresets, " "));
}

void set_speed(AVCodecContext& encoder, const WriteOptions& options) {
  // x265 writes to stderr by itself.
  if (has_option(encoder, "x265-params")) set_option(encoder, "x265-params", "log-level=none", "x265-params");
  // Encoding shall not be what the nets wait for, on two processors.
  if (!options.preset.empty()) {
    check_preset(encoder, options.preset);
    if (!set_option(encoder, "preset", options.preset, "--preset " + options.preset)) {
      fail_usage("--preset {}: encoder {} has no presets", options.preset, encoder.codec->name);
    }
  } else if (std::string_view(encoder.codec->name).starts_with("libx26")) {
    set_option(encoder, "preset", "veryfast", "--preset veryfast");
  } else if (encoder.codec_id == AV_CODEC_ID_VP9 && has_option(encoder, "cpu-used")) {
    set_option(encoder, "cpu-used", "5", "cpu-used");
    set_option(encoder, "tile-columns", "2", "tile-columns");
  }
}

}  // namespace

const AVCodec& choose_video_encoder(const AVOutputFormat& container, const std::string& wanted, Content content) {
  if (content == Content::cut_out) {
    if (is_one_of(container, {"webm"})) return encoder_of(AV_CODEC_ID_VP9);
    if (is_one_of(container, {"matroska"})) return encoder_of(AV_CODEC_ID_FFV1);
    return encoder_named("prores_ks");
  }
  if (content == Content::matte) {
    for (const AVCodecID id : {AV_CODEC_ID_FFV1, AV_CODEC_ID_H264, AV_CODEC_ID_VP9}) {
      if (container_takes(container, id) && avcodec_find_encoder(id) != nullptr) return encoder_of(id);
    }
    fail_usage("container {} takes none of the lossless codecs FFV1, H.264 and VP9", container.name);
  }
  if (wanted.empty()) {
    if (is_one_of(container, {"webm"})) return encoder_of(AV_CODEC_ID_VP9);
    const bool own =
        is_one_of(container, {"ogg", "gif", "mpeg", "vob", "svcd", "dvd", "mpeg2video", "ivf", "yuv4mpegpipe"});
    return encoder_of(!own && container_takes(container, AV_CODEC_ID_H264) ? AV_CODEC_ID_H264 : container.video_codec);
  }
  const AVCodec* codec = avcodec_find_encoder_by_name(wanted.c_str());
  if (codec == nullptr) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(wanted.c_str());
    if (descriptor != nullptr) codec = avcodec_find_encoder(descriptor->id);
  }
  if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
    fail_usage("unknown video codec '{}', expected an encoder of FFmpeg such as libx264, libx265, libvpx-vp9 or ffv1",
               wanted);
  }
  if (avformat_query_codec(&container, codec->id, FF_COMPLIANCE_EXPERIMENTAL) == 0 ||
      (is_one_of(container, {"mov"}) && !container_takes(container, codec->id))) {
    fail_usage("codec {}: container {} does not take it", wanted, container.name);
  }
  return *codec;
}

AVPixelFormat choose_pixel_format(const AVCodec& codec, const std::string& wanted, const VideoReader::Impl& source,
                                  int width, int height, Content content, const Say& say) {
  if (content == Content::matte) return takes(codec, AV_PIX_FMT_GRAY8) ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV420P;
  if (content == Content::cut_out) return format_with_alpha(codec, source.layout);
  if (!wanted.empty()) {
    const AVPixelFormat format = av_get_pix_fmt(wanted.c_str());
    if (format == AV_PIX_FMT_NONE) fail_usage("--pix-fmt {}: unknown pixel format", wanted);
    if (!takes(codec, format) || !layout_of(format)) {
      fail_usage("--pix-fmt {}: encoder {} takes {}", wanted, codec.name, names_of(codec.pix_fmts));
    }
    return format;
  }
  const PixelFormat& in = source.layout.format;
  const bool delivery = codec.id == AV_CODEC_ID_H264 || codec.id == AV_CODEC_ID_VP9;
  if (!delivery || !takes(codec, AV_PIX_FMT_YUV420P)) {
    return closest_format(codec, source.layout);
  }
  const bool odd = codec.id == AV_CODEC_ID_H264 && (width % 2 != 0 || height % 2 != 0);
  const bool rgb = in.model == Model::rgb || in.model == Model::gbr;
  const bool full_chroma = in.model == Model::yuv && in.log2_chroma_w == 0 && in.log2_chroma_h == 0;
  if (!(odd || rgb || full_chroma) || !takes(codec, AV_PIX_FMT_YUV444P)) return AV_PIX_FMT_YUV420P;
  const std::string why = odd   ? fmt::format("{}x{} is odd", width, height)
                          : rgb ? "the input is RGB"
                                : "the input is 4:4:4";
  say(fmt::format("{}: encoded in yuv444p, since {}; not every player shows it (--pix-fmt yuv420p needs even sizes)",
                  source.file.string(), why));
  return AV_PIX_FMT_YUV444P;
}

void open_video_encoder(AVCodecContext& encoder, const WriteOptions& options, Content content) {
  encoder.thread_count = options.threads;
  WriteOptions used = options;
  if (content != Content::result) {
    used = {};
  }
  if (content == Content::matte) {
    if (encoder.codec_id == AV_CODEC_ID_H264) used.encoder_options = {{"qp", "0"}};
    if (encoder.codec_id == AV_CODEC_ID_VP9) used.encoder_options = {{"lossless", "1"}};
  }
  set_quality(encoder, used);
  set_speed(encoder, used);
  for (const auto& [key, value] : used.encoder_options) {
    const std::string flag = fmt::format("-e {}={}", key, value);
    if (!set_option(encoder, key, value, flag))
      fail_usage("{}: encoder {} has no option '{}'", flag, encoder.codec->name, key);
  }
  (void)take_logged_error();
  const std::string name = encoder.codec->name;  // forgotten by an encoder that does not open
  const int opened = avcodec_open2(&encoder, encoder.codec, nullptr);
  if (opened < 0) {
    std::string asked;
    if (!used.preset.empty()) asked += " --preset " + used.preset;
    if (used.crf) asked += fmt::format(" --crf {}", *used.crf);
    if (!used.bitrate.empty()) asked += " --bitrate " + used.bitrate;
    if (!used.pix_fmt.empty()) asked += " --pix-fmt " + used.pix_fmt;
    for (const auto& [key, value] : used.encoder_options) asked += fmt::format(" -e {}={}", key, value);
    const std::string what = fmt::format("encoder {}, {}x{} {}{}: {}", name, encoder.width, encoder.height,
                                         av_get_pix_fmt_name(encoder.pix_fmt), asked, error_text(opened));
    throw Error(what, asked.empty() ? ErrorKind::failed : ErrorKind::usage);
  }
}

}  // namespace impasto::media
