// Progress and remarks on stderr.
#pragma once

#include "apps/stylize/options.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace impasto::stylize {

// One line: frame/total, per cent, frames a second, elapsed, remaining. `total` may be unknown.
[[nodiscard]] std::string progress_line(std::int64_t frame, std::optional<std::int64_t> total, double seconds);
// The same as one JSON object with "frame" and "total" (null if unknown).
[[nodiscard]] std::string progress_json(std::int64_t frame, std::optional<std::int64_t> total, double seconds);

// Used from several threads.
class Progress {
 public:
  Progress(ProgressMode mode, bool quiet, bool verbose);

  void start(std::optional<std::int64_t> total);
  // `frame` frames are done. Prints now and then: a bar a few times a second, lines once a second.
  void update(std::int64_t frame);
  // The last state, once.
  void finish(std::int64_t frame);

  void remark(const std::string& text);  // unless --quiet
  void detail(const std::string& text);  // with --verbose

 private:
  using Clock = std::chrono::steady_clock;

  void print(std::int64_t frame, bool last);
  void say(const std::string& text);

  ProgressMode mode_;
  bool quiet_;
  bool verbose_;
  std::optional<std::int64_t> total_;
  Clock::time_point begin_;
  Clock::time_point next_;
  bool bar_shown_ = false;
  std::mutex mutex_;
};

}  // namespace impasto::stylize
