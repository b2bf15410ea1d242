// Which encoder, in which pixel format, with which options.
#pragma once

#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/video_reader.h"

namespace impasto::media {

// The video encoder for `options.codec` (an encoder's or a codec's name), or the container's own choice. Usage Error if
// unknown, if it is no video encoder, or if the container does not take it. For what is no result `codec` does not
// matter: a cut-out is VP9 in webm, FFV1 in mkv, else ProRes.
[[nodiscard]] const AVCodec& choose_video_encoder(const AVOutputFormat& container, const std::string& codec,
                                                  Content content);

// The format to encode in. --pix-fmt, if given; else H.264 and VP9 get yuv420p, or yuv444p for what 4:2:0 cannot hold
// (said once); others what is closest to the input. A cut-out has alpha: VP9 yuva420p, ProRes
// yuva444p10le, FFV1 what is closest to the input. Usage Error for a format that is unknown or that the encoder does
// not take.
[[nodiscard]] AVPixelFormat choose_pixel_format(const AVCodec& codec, const std::string& wanted,
                                                const VideoReader::Impl& source, int width, int height, Content content,
                                                const Say& say);

// Opens the encoder (codec, size, format, time base, tags are set). Usage Error that names --crf, --preset, --bitrate
// or -e KEY=VALUE if the encoder does not take it.
void open_video_encoder(AVCodecContext& encoder, const WriteOptions& options, Content content);

}  // namespace impasto::media
