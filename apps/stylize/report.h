// What a job did and how long its stages took.
#pragma once

#include "runtime/roofline.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::stylize {

// Times of one stage, one a frame; the first 4096 are kept.
class StageTimes {
 public:
  StageTimes() { ms_.reserve(kKept); }
  void add(double ms) {
    if (ms_.size() < kKept) ms_.push_back(ms);
  }
  [[nodiscard]] double median_ms() const { return median(ms_); }

 private:
  static constexpr std::size_t kKept = 4096;
  std::vector<double> ms_;
};

// Calls `work` and adds what it took.
template <typename Work>
decltype(auto) timed(StageTimes& times, const Work& work) {
  struct Stop {
    StageTimes& times;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    ~Stop() { times.add(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count()); }
  } stop{times};
  return work();
}

struct Report {
  std::string input;
  std::string output;
  std::int64_t frames = 0;
  int width = 0;  // of the output
  int height = 0;
  double seconds = 0;  // from the start of the job to its end
  std::string device;
  std::string precision;
  std::string style;
  StageTimes decode, encode;
  std::vector<NodeProfile> nodes;
  std::optional<Peaks> peaks;       // of the device, where they are wanted and known
  std::int64_t peak_rss_bytes = 0;  // of the job
  bool interrupted = false;
  std::string damage;  // why the input ended early, if it did
};

// One line of JSON; its keys are part of the command line's contract. With `roofline` it has the device's peaks and the
// nodes too, with the figures of roofline_table().
[[nodiscard]] std::string report_json(const Report& report, bool roofline = false);
// The stages, one a line.
[[nodiscard]] std::string stage_table(const Report& report);
// The nodes: kernel, precision, milliseconds, GFLOP/s.
[[nodiscard]] std::string node_table(const std::vector<NodeProfile>& nodes);
// The nodes with GB/s and the share of the device's peak that each reached, "-" where it is not known, and the peaks.
[[nodiscard]] std::string roofline_table(const std::vector<NodeProfile>& nodes, const std::optional<Peaks>& peaks);

}  // namespace impasto::stylize
