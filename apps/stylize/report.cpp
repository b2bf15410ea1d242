#include "apps/stylize/report.h"

#include "nets/net.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <array>

namespace impasto::stylize {
namespace {

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

enum class Stage { matte, style, composite };

// Nodes of a net carry its name before a slash; the frame's own nodes are told apart by what they do.
Stage stage_of(const NodeProfile& node) {
  const std::string_view scope = std::string_view(node.name).substr(0, node.name.find('/'));
  for (const Net& net : nets()) {
    if (net.name == scope) return net.kind == Net::Kind::style ? Stage::style : Stage::matte;
  }
  constexpr std::array<std::string_view, 4> kMatteOps{"guided_filter", "matte_threshold", "matte_feather",
                                                      "matte_to_planes"};
  return std::find(kMatteOps.begin(), kMatteOps.end(), node.op) != kMatteOps.end() ? Stage::matte : Stage::composite;
}

double frames_per_second(const Report& report) {
  return report.seconds > 0 ? static_cast<double>(report.frames) / report.seconds : 0;
}

}  // namespace

ComputeStages compute_stages(const std::vector<NodeProfile>& nodes) {
  ComputeStages stages;
  for (const NodeProfile& node : nodes) {
    const double ms = median(node.ms);
    switch (stage_of(node)) {
      case Stage::matte:
        stages.matte_ms += ms;
        break;
      case Stage::style:
        stages.style_ms += ms;
        break;
      case Stage::composite:
        stages.composite_ms += ms;
        break;
    }
  }
  return stages;
}

std::string report_json(const Report& report) {
  const ComputeStages stages = compute_stages(report.nodes);
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
                         {"matte", stages.matte_ms},
                         {"style", stages.style_ms},
                         {"composite", stages.composite_ms},
                         {"encode", report.encode.median_ms()}};
  // File names need not be UTF-8.
  return record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string stage_table(const Report& report) {
  const ComputeStages stages = compute_stages(report.nodes);
  std::string table =
      fmt::format("{} frames of {}x{} in {:.2f} s, {:.2f} fps ({}, {})\n", report.frames, report.width, report.height,
                  report.seconds, frames_per_second(report), report.device, report.precision);
  table += fmt::format("{:<10} {:>10}\n", "stage", "ms a frame");
  const auto line = [&](std::string_view name, double ms) { table += fmt::format("{:<10} {:>10.3f}\n", name, ms); };
  line("decode", report.decode.median_ms());
  line("matte", stages.matte_ms);
  line("style", stages.style_ms);
  line("composite", stages.composite_ms);
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
