// Text subtitles for containers that do not take the input's kind.
#pragma once

#include "apps/stylize/media/streams.h"

namespace impasto::media {

// To mov_text, WebVTT, SubRip or ASS, the first that the container takes. Nothing for pictures, or where it takes none.
[[nodiscard]] std::unique_ptr<Sink> make_subtitle_converter(Muxer& muxer, const VideoReader::Impl& source,
                                                            const AVStream& stream);

}  // namespace impasto::media
