// The inside of VideoReader, which VideoWriter looks into for what the output takes over from the input.
// Everything but `whole` is set by the constructor and only read afterwards: a writer may be made and run on another
// thread than the one that reads.
#pragma once

#include "apps/stylize/media/colour.h"
#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/media.h"
#include "apps/stylize/media/orientation.h"
#include "apps/stylize/media/pixel_mapping.h"

#include <atomic>
#include <optional>
#include <string>

namespace impasto::media {

// Microseconds of the file's own clock and of ours: ours = theirs - offset, and lasts until `end`.
struct Range {
  std::int64_t offset = 0;
  std::optional<std::int64_t> end;
  bool seeks = false;  // -ss was given: what lies before 0 is left out
};

struct VideoReader::Impl {
  Impl(const std::filesystem::path& file, const ReadOptions& options, const Say& say);

  std::filesystem::path file;
  ReadOptions options;
  Say say;
  Input input;
  const AVStream* stream = nullptr;
  Range range;
  AVRational time_base{};      // of Picture::pts
  AVRational frame_rate{};     // average; a guess where the file does not say
  AVRational sample_aspect{};  // upright
  ColourTags tags;
  AVPixelFormat stored_format = AV_PIX_FMT_NONE;  // of the first frame
  Layout layout;                                  // upright
  int width = 0;                                  // upright
  int height = 0;
  // Set by the thread that reads: all frames of the file (or of its range in time) were given.
  std::atomic<bool> whole{false};

  bool read(Picture& picture);
  [[nodiscard]] std::optional<std::int64_t> frame_count() const;

 private:
  void choose_stream();
  void choose_range();
  void start();                      // seeks, decodes the first frame that is wanted into next_
  bool decode(Frame& frame);         // any frame, in order
  bool feed();                       // one packet to the decoder; false: it has been told that there are no more
  bool next_in_range(Frame& frame);  // pts on our clock, in the stream's time base
  bool resampled(Frame& frame);      // at the constant rate of --fps
  AVFrame& convert(AVFrame& frame);  // to the first frame's size and to a format that planes can be made of
  [[nodiscard]] Orientation orientation_of(const AVFrame& frame) const;
  [[nodiscard]] std::int64_t scaled(double seconds) const;

  Decoder decoder_;
  Packet packet_;
  Frame next_;     // decoded ahead: the first frame; with --fps, the frame after current_
  Frame current_;  // with --fps: the frame that is given until next_ is due
  Frame converted_;
  Scaler scaler_;
  AVPixelFormat mapped_format_ = AV_PIX_FMT_NONE;
  int stored_width_ = 0;
  int stored_height_ = 0;
  Orientation orientation_;
  Unpacker unpacker_;
  bool flushed_ = false;
  bool had_frame_ = false;
  std::string end_remark_;  // of the end of the file, from when it was opened
  std::string damage_;      // what broke; thrown once the frames before it are out
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  std::int64_t guessed_duration_ = 1;
  std::int64_t fps_index_ = 0;
  std::int64_t given_ = 0;
};

}  // namespace impasto::media
