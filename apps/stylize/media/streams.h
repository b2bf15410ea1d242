// Everything in the output but the painted video: sound, subtitles, cover art, attachments, chapters.
#pragma once

#include "apps/stylize/media/muxer.h"
#include "apps/stylize/media/video_reader.h"

#include <memory>
#include <optional>
#include <vector>

namespace impasto::media {

// What becomes of one input stream. Packets come with pts and dts on our clock, in the input stream's time base.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void take(AVPacket& packet) = 0;
  // Packets go on as they are, so that a range in time begins and ends with whole ones.
  [[nodiscard]] virtual bool keeps_packets() const { return false; }
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
  [[nodiscard]] const std::string& damage() const { return damage_; }  // of the input, met so far

 private:
  [[nodiscard]] bool add(const AVStream& stream, bool audio);  // false: the container has no place for it
  [[nodiscard]] bool has_sound() const;                        // in the output, so far
  void seek();
  bool read();  // the next whole packet of any stream into packet_; false at the end of the file
  bool peek();  // the next packet into packet_, its time into now_; false at the end of the file
  void deliver(std::optional<std::int64_t> end);

  const VideoReader::Impl& source_;
  Muxer& muxer_;
  Input input_;
  std::vector<std::unique_ptr<Sink>> sinks_;             // by input stream; null: left out
  std::vector<std::pair<const AVStream*, int>> covers_;  // and their output streams
  Packet packet_;
  bool held_ = false;  // packet_ was read and not yet delivered
  std::int64_t now_ = 0;
  std::string damage_;
};

}  // namespace impasto::media
