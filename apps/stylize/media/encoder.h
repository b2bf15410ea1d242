// Which encoder, in which pixel format, with which options.
#pragma once

#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/video_reader.h"

namespace impasto::media {

// The video encoder for `options.codec` (an encoder's or a codec's name), or the container's own choice. Usage Error if
// unknown, if it is no video encoder, or if the container does not take it. `lossless_grey`: options.codec does not
// matter.
[[nodiscard]] const AVCodec& choose_video_encoder(const AVOutputFormat& container, const std::string& codec,
                                                  bool lossless_grey);

// The format to encode in. --pix-fmt, if given; else H.264 and VP9 get yuv420p, or yuv444p for what 4:2:0 cannot hold
// (said once); others what is closest to the input. Usage Error for a format that is unknown or that the encoder does
// not take.
[[nodiscard]] AVPixelFormat choose_pixel_format(const AVCodec& codec, const std::string& wanted,
                                                const VideoReader::Impl& source, int width, int height,
                                                bool lossless_grey, const Say& say);

// Opens the encoder (codec, size, format, time base, tags are set). Usage Error that names --crf, --preset, --bitrate
// or -e KEY=VALUE if the encoder does not take it.
void open_video_encoder(AVCodecContext& encoder, const WriteOptions& options, bool lossless_grey);

}  // namespace impasto::media
