#include "apps/stylize/media/ffmpeg.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <new>
#include <utility>

namespace impasto::media {
namespace {

// FFmpeg's log callback has no user data; a thread's own last error is the least state that gets its text out.
struct LoggedErrors {
  std::string last;
  std::string of_demuxer;
};

LoggedErrors& logged_errors() {
  thread_local LoggedErrors errors;
  return errors;
}

bool is_demuxer(void* context) {
  const AVClass* type = context == nullptr ? nullptr : *static_cast<AVClass**>(context);
  if (type == nullptr) return false;
  return (type->get_category != nullptr ? type->get_category(context) : type->category) == AV_CLASS_CATEGORY_DEMUXER;
}

void keep_error(void* context, int level, const char* format, std::va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text = line.data();
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  if (text.empty()) return;
  logged_errors().last = text;
  if (is_demuxer(context)) logged_errors().of_demuxer = text;
}

}  // namespace

Frame make_frame() {
  Frame frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

Packet make_packet() {
  Packet packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

void capture_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_error); });
}

std::string take_logged_error() {
  return std::exchange(logged_errors(), {}).last;
}

std::string logged_demuxer_error() {
  return logged_errors().of_demuxer;
}

std::string error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  const std::string logged = take_logged_error();
  return logged.empty() ? text.data() : fmt::format("{} ({})", logged, text.data());
}

int check(int code, const std::filesystem::path& name, const std::string& what) {
  if (code >= 0) return code;
  if (what.empty()) fail("{}: {}", name.string(), error_text(code));
  fail("{}: {}: {}", name.string(), what, error_text(code));
}

Input open_input(const std::filesystem::path& file) {
  capture_log();
  (void)take_logged_error();
  AVFormatContext* context = nullptr;
  AVDictionary* options = nullptr;
  // A playlist must not make us fetch anything.
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  const int opened = avformat_open_input(&context, ("file:" + file.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  check(opened, file);
  Input input(context);
  check(avformat_find_stream_info(input.get(), nullptr), file);
  return input;
}

Decoder open_decoder(const std::filesystem::path& file, const AVStream& stream, int threads) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) fail("{}: no decoder for codec {}", file.string(), avcodec_get_name(parameters.codec_id));
  Decoder decoder(avcodec_alloc_context3(codec));
  if (!decoder) throw std::bad_alloc();
  check(avcodec_parameters_to_context(decoder.get(), &parameters), file);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = threads;
  (void)take_logged_error();
  check(avcodec_open2(decoder.get(), codec, nullptr), file, codec->name);
  return decoder;
}

}  // namespace impasto::media
