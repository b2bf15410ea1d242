// Profiler: what each node of a run cost.
#pragma once

#include "runtime/graph.h"

#include <span>
#include <string>
#include <vector>

namespace impasto {

struct NodeProfile {
  std::string name;
  std::string op;
  std::string kernel;
  std::string precision;
  double flops = 0;  // a run
  double bytes = 0;  // a run, the least
  std::vector<double> ms;

  [[nodiscard]] double median_ms() const;
};

// Filled by Engine::run. Memory for `capacity` runs is set aside at the start, so that profiling does not allocate later.
class Profiler {
 public:
  explicit Profiler(std::size_t capacity = 4096) : capacity_(capacity) {}
  void begin(std::span<const Node> nodes);  // called by Engine at construction of its plan
  void record(std::size_t node, double ms);
  [[nodiscard]] std::vector<NodeProfile>& nodes() noexcept { return nodes_; }
  [[nodiscard]] const std::vector<NodeProfile>& nodes() const noexcept { return nodes_; }
  // Medians of the runs summed over the nodes whose names begin with `prefix`, in milliseconds.
  [[nodiscard]] double median_ms(std::string_view prefix) const;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::size_t capacity_;
  std::vector<NodeProfile> nodes_;
};

}  // namespace impasto
