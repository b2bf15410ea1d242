#include "apps/stylize/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>

namespace impasto::stylize {
namespace {

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

// The frame's nodes begin with the name of their stage (nets/frame.cpp).
double stage_ms(const Report& report, std::string_view prefix) {
  double sum = 0;
  for (const NodeProfile& node : report.nodes) {
    if (node.name.starts_with(prefix)) sum += median(node.ms);
  }
  return sum;
}

double frames_per_second(const Report& report) {
  return report.seconds > 0 ? static_cast<double>(report.frames) / report.seconds : 0;
}

}  // namespace

std::string report_json(const Report& report) {
  nlohmann::ordered_json record;
  record["input"] = report.input;
  record["output"] = report.output;
  record["frames"] = report.frames;
  record["width"] = report.width;
  record["height"] = report.height;
  record["seconds"] = report.seconds;
  record["fps"] = frames_per_second(report);
  record["device"] = report.device;
  record["precision"] = report.precision;
  record["style"] = report.style;
  record["peak_rss_bytes"] = peak_rss_bytes();
  record["stages_ms"] = {{"decode", report.decode.median_ms()},
                         {"matte", stage_ms(report, "matte/")},
                         {"style", stage_ms(report, "style/")},
                         {"composite", stage_ms(report, "composite/")},
                         {"encode", report.encode.median_ms()}};
  // File names need not be UTF-8.
  return record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string stage_table(const Report& report) {
  std::string table =
      fmt::format("{} frames of {}x{} in {:.2f} s, {:.2f} fps ({}, {})\n", report.frames, report.width, report.height,
                  report.seconds, frames_per_second(report), report.device, report.precision);
  table += fmt::format("{:<10} {:>10}\n", "stage", "ms a frame");
  const auto line = [&](std::string_view name, double ms) { table += fmt::format("{:<10} {:>10.3f}\n", name, ms); };
  line("decode", report.decode.median_ms());
  line("matte", stage_ms(report, "matte/"));
  line("style", stage_ms(report, "style/"));
  line("composite", stage_ms(report, "composite/"));
  line("encode", report.encode.median_ms());
  return table;
}

std::string node_table(const std::vector<NodeProfile>& nodes) {
  std::size_t name = 4;
  std::size_t kernel = 6;
  for (const NodeProfile& node : nodes) {
    name = std::max(name, node.name.size());
    kernel = std::max(kernel, node.kernel.size());
  }
  std::string table =
      fmt::format("{:<{}}  {:<{}}  {:<9} {:>9} {:>9}\n", "node", name, "kernel", kernel, "precision", "ms", "GFLOP/s");
  for (const NodeProfile& node : nodes) {
    const double ms = median(node.ms);
    const std::string speed = node.flops > 0 && ms > 0 ? fmt::format("{:.1f}", node.flops / ms / 1e6) : "";
    table += fmt::format("{:<{}}  {:<{}}  {:<9} {:>9.3f} {:>9}\n", node.name, name, node.kernel, kernel, node.precision,
                         ms, speed);
  }
  return table;
}

}  // namespace impasto::stylize
