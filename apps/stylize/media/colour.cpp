#include "apps/stylize/media/colour.h"

namespace impasto::media {
namespace {

using Model = PixelFormat::Model;
using Range = PixelFormat::Range;
using Site = PixelFormat::Site;

struct Weights {
  double kr;
  double kb;
};

// kr and kb of H.273's MatrixCoefficients; false for matrices that are not of that kind.
bool weights_of(AVColorSpace matrix, Weights& weights) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      weights = {0.2126, 0.0722};
      return true;
    case AVCOL_SPC_FCC:
      weights = {0.30, 0.11};
      return true;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      weights = {0.299, 0.114};
      return true;
    case AVCOL_SPC_SMPTE240M:
      weights = {0.212, 0.087};
      return true;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      weights = {0.2627, 0.0593};
      return true;
    default:
      return false;
  }
}

AVChromaLocation location_of(Site site) {
  switch (site) {
    case Site::centre:
      return AVCHROMA_LOC_CENTER;
    case Site::top_left:
      return AVCHROMA_LOC_TOPLEFT;
    case Site::top:
      return AVCHROMA_LOC_TOP;
    case Site::left:
      break;
  }
  return AVCHROMA_LOC_LEFT;
}

}  // namespace

ColourTags tags_of(const AVFrame& frame) {
  ColourTags tags{frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range, frame.chroma_location};
  const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (d != nullptr && std::string_view(d->name).starts_with("yuvj")) tags.range = AVCOL_RANGE_JPEG;
  return tags;
}

AVColorSpace guessed_matrix(int width, int height) {
  return width >= 1280 || height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

void set_colour(PixelFormat& format, const ColourTags& tags, int width, int height, const Say& say) {
  if (format.model == Model::rgb || format.model == Model::gbr) {
    format.range = Range::full;
    return;
  }
  format.range = tags.range == AVCOL_RANGE_JPEG || (format.model == Model::grey && tags.range != AVCOL_RANGE_MPEG)
                     ? Range::full
                     : Range::limited;
  if (format.model == Model::grey) return;

  Weights weights{};
  if (!weights_of(tags.matrix, weights)) {
    const AVColorSpace guess = guessed_matrix(width, height);
    (void)weights_of(guess, weights);
    if (tags.matrix != AVCOL_SPC_UNSPECIFIED && tags.matrix != AVCOL_SPC_RGB) {
      say(fmt::format("colour matrix {} is not supported; treated as {}", av_color_space_name(tags.matrix),
                      av_color_space_name(guess)));
    }
  }
  format.kr = weights.kr;
  format.kb = weights.kb;
  switch (tags.site) {
    case AVCHROMA_LOC_CENTER:
    case AVCHROMA_LOC_BOTTOM:
      format.site = Site::centre;
      break;
    case AVCHROMA_LOC_TOPLEFT:
      format.site = Site::top_left;
      break;
    case AVCHROMA_LOC_TOP:
      format.site = Site::top;
      break;
    default:
      format.site = Site::left;
  }
}

ColourTags output_tags(const PixelFormat& format, const PixelFormat& source_format, const ColourTags& tags, int width,
                       int height) {
  ColourTags out = tags;
  // A stream that named no range names none again, as long as what readers then assume is true.
  const bool limited = format.range == Range::limited;
  if (!limited) out.range = AVCOL_RANGE_JPEG;
  if (limited && (source_format.model != Model::yuv || tags.range == AVCOL_RANGE_JPEG)) out.range = AVCOL_RANGE_MPEG;
  if (format.model != Model::yuv) {
    out.matrix = format.model == Model::grey ? tags.matrix : AVCOL_SPC_RGB;
    out.site = AVCHROMA_LOC_UNSPECIFIED;
    return out;
  }
  // Planes that were not YUV, and sizes at which a player would guess differently, need a name for the matrix.
  const bool was_yuv = source_format.model == Model::yuv;
  Weights named{};
  if (!was_yuv || !weights_of(tags.matrix, named)) {
    Weights guess{};
    const AVColorSpace guessed = guessed_matrix(width, height);
    (void)weights_of(guessed, guess);
    const bool player_agrees = was_yuv && guess.kr == format.kr && guess.kb == format.kb;
    out.matrix = player_agrees ? AVCOL_SPC_UNSPECIFIED : format.kr == 0.2126 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  }
  const bool subsampled = format.log2_chroma_w + format.log2_chroma_h > 0;
  const bool unnamed = was_yuv && tags.site == AVCHROMA_LOC_UNSPECIFIED && format.site == Site::left;
  out.site = !subsampled || unnamed ? AVCHROMA_LOC_UNSPECIFIED : location_of(format.site);
  return out;
}

}  // namespace impasto::media
