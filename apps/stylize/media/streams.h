// Everything in the output but the painted video: sound, subtitles, cover art, attachments, chapters.
#pragma once

#include "apps/stylize/media/muxer.h"
#include "apps/stylize/media/video_reader.h"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace impasto::media {

// What becomes of one input stream. Packets come with pts and dts on our clock, in the input stream's time base.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void take(AVPacket& packet) = 0;
  // No more packets; sound is cut at `end` (microseconds) if given.
  virtual void finish(std::optional<std::int64_t> /*end*/) {}
};

// Reads the input file a second time, with a demuxer of its own, in step with the video that is written: so neither
// thread waits for the other, and no packets pile up.
class OtherStreams {
 public:
  // Adds the streams that the container takes to `muxer` (before begin()); says in one warning which it does not.
  OtherStreams(const VideoReader::Impl& source, Muxer& muxer, bool audio, const Say& say);

  void begin();                                  // after muxer.begin(): what has no time (covers)
  void pull(std::int64_t until);                 // writes what comes before `until`, in microseconds of our clock
  void finish(std::optional<std::int64_t> end);  // writes the rest, or what begins before `end`

 private:
  [[nodiscard]] bool add(const AVStream& stream, bool audio);  // false: the container has no place for it
  void seek();
  bool read_ahead();  // false at the end of the file
  void allow_early_sound();
  [[nodiscard]] std::int64_t time_of(const AVPacket& packet) const;
  void deliver(AVPacket& packet, std::optional<std::int64_t> end);

  const VideoReader::Impl& source_;
  Muxer& muxer_;
  Input input_;
  std::vector<std::unique_ptr<Sink>> sinks_;             // by input stream; null: left out
  std::vector<std::pair<const AVStream*, int>> covers_;  // and their output streams
  std::deque<Packet> ahead_;
  std::int64_t now_ = 0;
};

}  // namespace impasto::media
