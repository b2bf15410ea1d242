// FFmpeg's objects with owners, and its errors as impasto::Error.
#pragma once

#include "runtime/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <filesystem>
#include <memory>
#include <string>

namespace impasto::media {

struct Deleter {
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
  void operator()(AVFrame* f) const { av_frame_free(&f); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(SwsContext* s) const { sws_freeContext(s); }
};
struct InputCloser {
  void operator()(AVFormatContext* c) const { avformat_close_input(&c); }
};
struct OutputCloser {
  void operator()(AVFormatContext* c) const {
    avio_closep(&c->pb);
    avformat_free_context(c);
  }
};
using Decoder = std::unique_ptr<AVCodecContext, Deleter>;
using Encoder = std::unique_ptr<AVCodecContext, Deleter>;
using Frame = std::unique_ptr<AVFrame, Deleter>;
using Packet = std::unique_ptr<AVPacket, Deleter>;
using Scaler = std::unique_ptr<SwsContext, Deleter>;
using Input = std::unique_ptr<AVFormatContext, InputCloser>;
using Output = std::unique_ptr<AVFormatContext, OutputCloser>;

// Never null; out of memory throws std::bad_alloc.
[[nodiscard]] Frame make_frame();
[[nodiscard]] Packet make_packet();

// FFmpeg prints nothing: of what it would print, the last error of each thread is kept, to be told in our own message.
void capture_log();
// The error line that FFmpeg reported last on this thread, without its line end; forgotten by the call.
[[nodiscard]] std::string take_logged_error();
// The last one of a demuxer since take_logged_error().
[[nodiscard]] std::string logged_demuxer_error();

// av_strerror's text, preceded by what FFmpeg logged on this thread ("moov atom not found: Invalid data ...").
[[nodiscard]] std::string error_text(int code);

// Throws Error "NAME: what: text" (no `what`: "NAME: text") for a negative code; else returns it.
int check(int code, const std::filesystem::path& name, const std::string& what = {});

// Opens a local file (never a URL), finds its streams. Throws Error "FILE: ...".
[[nodiscard]] Input open_input(const std::filesystem::path& file);

// A decoder of the stream with `threads` (0: as many as processors). Throws Error "FILE: ...".
[[nodiscard]] Decoder open_decoder(const std::filesystem::path& file, const AVStream& stream, int threads);

[[nodiscard]] inline bool is_cover_art(const AVStream& stream) {
  return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
}

}  // namespace impasto::media
