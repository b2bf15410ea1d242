// Colour metadata: FFmpeg's tags (ITU-T H.273) as PixelFormat's numbers, and as they go into the output.
#pragma once

#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/media.h"

namespace impasto::media {

// What a stream says of its colours, passed on to the output.
struct ColourTags {
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVChromaLocation site = AVCHROMA_LOC_UNSPECIFIED;

  [[nodiscard]] bool hdr() const { return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67; }
};

[[nodiscard]] ColourTags tags_of(const AVFrame& frame);

// Matrix of a stream that names none, as players choose: BT.709 from 1280 pixels wide or more than 576 high, else
// BT.601.
[[nodiscard]] AVColorSpace guessed_matrix(int width, int height);

// Fills matrix, range and site of a format whose model, depth and subsampling are set. `width`, `height`: as stored.
// RGB is always full range; grey is unless tagged limited.
void set_colour(PixelFormat& format, const ColourTags& tags, int width, int height, const Say& say);

// The tags of an encoder whose planes are in `format`, made from a source in `source_format` with `tags`.
[[nodiscard]] ColourTags output_tags(const PixelFormat& format, const PixelFormat& source_format,
                                     const ColourTags& tags, int width, int height);

}  // namespace impasto::media
