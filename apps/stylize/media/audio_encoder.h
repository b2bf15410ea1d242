// Sound for containers that do not take the input's codec.
#pragma once

#include "apps/stylize/media/streams.h"

namespace impasto::media {

// Decodes, resamples and encodes: Opus into webm, AAC where the container takes it, else the container's own codec.
// Nothing if there is no decoder, or the container takes no sound. The result begins at 0 of our clock, with silence
// where the input has none, so that it stays in step; it is cut to the sample.
[[nodiscard]] std::unique_ptr<Sink> make_audio_encoder(Muxer& muxer, const VideoReader::Impl& source,
                                                       const AVStream& stream);

}  // namespace impasto::media
