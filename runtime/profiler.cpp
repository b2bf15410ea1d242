#include "runtime/profiler.h"

#include "runtime/error.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace impasto {

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(sorted.begin(), middle)) / 2;
}

std::int64_t peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::int64_t{std::stol(line.substr(line.find(':') + 1))} * 1024;
  }
  fail("/proc/self/status: no VmHWM");
}

void Profiler::begin(std::vector<NodeProfile> nodes) {
  nodes_ = std::move(nodes);
  for (NodeProfile& node : nodes_) node.ms.reserve(capacity_);
}

void Profiler::record(std::size_t node, double ms) {
  std::vector<double>& values = nodes_.at(node).ms;
  if (values.size() < capacity_) values.push_back(ms);
}

double Profiler::median_ms(std::string_view prefix) const {
  double sum = 0;
  for (const NodeProfile& node : nodes_) {
    if (node.name.starts_with(prefix)) sum += median(node.ms);
  }
  return sum;
}

}  // namespace impasto
