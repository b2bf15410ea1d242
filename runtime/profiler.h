// Profiler: what each node of a run cost.
#pragma once

#include "runtime/ops.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// 0 for no values; the mean of the middle two for an even number.
[[nodiscard]] double median(std::span<const double> values);

struct NodeProfile {
  std::string name;
  std::string op;
  std::string kernel;
  Precision precision = Precision::fp32;
  double flops = 0;  // a run; Cost, in graph.h, says of what
  double bytes = 0;
  std::vector<double> ms;  // of each run
};

// Filled by Engine::run. Room for `capacity` runs is set aside at the start, so that profiling does not allocate on the
// way; later runs are not recorded.
// The most memory that this process has held so far, its own alone: getrusage also counts what its parent had when it
// started it.
[[nodiscard]] std::int64_t peak_rss_bytes();

class Profiler {
 public:
  explicit Profiler(std::size_t capacity = 4096) : capacity_(capacity) {}
  void begin(std::vector<NodeProfile> nodes);
  void record(std::size_t node, double ms);
  [[nodiscard]] const std::vector<NodeProfile>& nodes() const noexcept { return nodes_; }
  // Medians of the nodes whose names begin with `prefix`, summed, in milliseconds.
  [[nodiscard]] double median_ms(std::string_view prefix) const;

 private:
  std::size_t capacity_;
  std::vector<NodeProfile> nodes_;
};

}  // namespace impasto
