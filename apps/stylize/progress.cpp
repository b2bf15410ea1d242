#include "apps/stylize/progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace impasto::stylize {
namespace {

std::string clock_time(double seconds) {
  const auto s = static_cast<std::int64_t>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

double rate(std::int64_t frame, double seconds) {
  return seconds > 0 ? static_cast<double>(frame) / seconds : 0;
}

std::string bar(std::int64_t frame, std::int64_t total) {
  constexpr std::int64_t kWidth = 24;
  const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(frame * kWidth / total, 0, kWidth));
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "] ";
}

}  // namespace

std::string progress_line(std::int64_t frame, std::optional<std::int64_t> total, double seconds) {
  const double fps = rate(frame, seconds);
  if (!total || *total <= 0) return fmt::format("{} frames, {:.1f} fps, elapsed {}", frame, fps, clock_time(seconds));
  const std::int64_t all = std::max(*total, frame);  // a container's count can be too small
  std::string line =
      fmt::format("{}/{} {:.0f} %, {:.1f} fps, elapsed {}", frame, all,
                  100.0 * static_cast<double>(frame) / static_cast<double>(all), fps, clock_time(seconds));
  if (fps > 0) line += fmt::format(", remaining {}", clock_time(static_cast<double>(all - frame) / fps));
  return line;
}

std::string progress_json(std::int64_t frame, std::optional<std::int64_t> total, double seconds) {
  nlohmann::ordered_json record;
  record["frame"] = frame;
  record["total"] = total ? nlohmann::ordered_json(*total) : nlohmann::ordered_json(nullptr);
  record["fps"] = rate(frame, seconds);
  record["elapsed"] = seconds;
  return record.dump();
}

Progress::Progress(ProgressMode mode, bool quiet, bool verbose)
    : mode_(mode), quiet_(quiet), verbose_(verbose && !quiet), begin_(Clock::now()), next_(begin_) {
  if (mode_ == ProgressMode::automatic) {
    mode_ = isatty(STDERR_FILENO) != 0 ? ProgressMode::bar : ProgressMode::plain;
    if (quiet_) mode_ = ProgressMode::none;
  }
}

void Progress::start(std::optional<std::int64_t> total) {
  const std::lock_guard lock(mutex_);
  total_ = total;
  begin_ = Clock::now();
  next_ = begin_ + std::chrono::seconds(1);
}

void Progress::update(std::int64_t frame) {
  const std::lock_guard lock(mutex_);
  if (mode_ != ProgressMode::none && Clock::now() >= next_) print(frame, false);
}

void Progress::finish(std::int64_t frame) {
  const std::lock_guard lock(mutex_);
  if (mode_ != ProgressMode::none) print(frame, true);
}

void Progress::remark(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!quiet_) say(text);
}

void Progress::detail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (verbose_) say(text);
}

void Progress::say(const std::string& text) {
  if (bar_shown_) std::fputs("\r\x1b[K", stderr);
  bar_shown_ = false;
  fmt::print(stderr, "stylize: {}\n", text);
}

void Progress::print(std::int64_t frame, bool last) {
  const Clock::time_point now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  if (mode_ == ProgressMode::json) {
    fmt::print(stderr, "{}\n", progress_json(frame, total_, seconds));
  } else if (mode_ == ProgressMode::plain) {
    fmt::print(stderr, "{}\n", progress_line(frame, total_, seconds));
  } else {
    const std::string shape = total_ && *total_ > 0 ? bar(frame, std::max(frame, *total_)) : "";
    fmt::print(stderr, "\r{}{}\x1b[K{}", shape, progress_line(frame, total_, seconds), last ? "\n" : "");
    std::fflush(stderr);
    bar_shown_ = !last;
  }
  next_ = now + (mode_ == ProgressMode::bar ? std::chrono::milliseconds(200) : std::chrono::milliseconds(1000));
}

}  // namespace impasto::stylize
