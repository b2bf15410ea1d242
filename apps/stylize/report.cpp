#include "apps/stylize/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace impasto::stylize {
namespace {

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

// Of work in milliseconds, in thousands of millions a second.
double giga_per_second(double work, double ms) {
  return ms > 0 ? work / ms / 1e6 : 0;
}

nlohmann::ordered_json peaks_json(const Peaks& peaks) {
  nlohmann::ordered_json json{{"threads", peaks.threads}};
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    const double operations = peaks.operations(precision);
    if (operations > 0) json[fmt::format("{}_gflops", to_string(precision))] = operations / 1e9;
  }
  json["memory_gbps"] = peaks.bytes / 1e9;
  return json;
}

// As bench_nets has them.
nlohmann::ordered_json node_json(const NodeProfile& node, const std::optional<Peaks>& peaks) {
  const double ms = median(node.ms);
  nlohmann::ordered_json json{{"name", node.name},
                              {"op", node.op},
                              {"kernel", node.kernel},
                              {"precision", to_string(node.precision)},
                              {"ms", ms},
                              {"gflops", giga_per_second(node.flops, ms)},
                              {"gbps", giga_per_second(node.bytes, ms)},
                              {"roof", nullptr}};
  if (peaks) json["roof"] = share_of_peak(*peaks, node);
  return json;
}

// Columns of a table of nodes: as wide as their longest words.
struct Widths {
  std::size_t name = 4;
  std::size_t kernel = 6;
};
Widths widths_of(const std::vector<NodeProfile>& nodes) {
  Widths widths;
  for (const NodeProfile& node : nodes) {
    widths.name = std::max(widths.name, node.name.size());
    widths.kernel = std::max(widths.kernel, node.kernel.size());
  }
  return widths;
}

std::string line_start(const Widths& widths, std::string_view name, std::string_view kernel,
                       std::string_view precision) {
  return fmt::format("{:<{}}  {:<{}}  {:<9}", name, widths.name, kernel, widths.kernel, precision);
}

std::string operations_text(const NodeProfile& node, double ms) {
  return node.flops > 0 && ms > 0 ? fmt::format("{:.1f}", giga_per_second(node.flops, ms)) : "";
}

}  // namespace

std::string report_json(const Report& report, bool roofline) {
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
  record["peak_rss_bytes"] = report.peak_rss_bytes;
  record["stages_ms"] = {{"decode", report.decode.median_ms()},
                         {"matte", stage_ms(report, "matte/")},
                         {"style", stage_ms(report, "style/")},
                         {"composite", stage_ms(report, "composite/")},
                         {"encode", report.encode.median_ms()}};
  if (roofline) {
    record["peaks"] = report.peaks ? peaks_json(*report.peaks) : nlohmann::ordered_json();
    record["nodes"] = nlohmann::ordered_json::array();
    for (const NodeProfile& node : report.nodes) record["nodes"].push_back(node_json(node, report.peaks));
  }
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
  const Widths widths = widths_of(nodes);
  std::string table =
      line_start(widths, "node", "kernel", "precision") + fmt::format(" {:>9} {:>9}\n", "ms", "GFLOP/s");
  for (const NodeProfile& node : nodes) {
    const double ms = median(node.ms);
    table += line_start(widths, node.name, node.kernel, to_string(node.precision)) +
             fmt::format(" {:>9.3f} {:>9}\n", ms, operations_text(node, ms));
  }
  return table;
}

std::string roofline_table(const std::vector<NodeProfile>& nodes, const std::optional<Peaks>& peaks) {
  const Widths widths = widths_of(nodes);
  std::string table = line_start(widths, "node", "kernel", "precision") +
                      fmt::format(" {:>9} {:>9} {:>8} {:>7}\n", "ms", "GFLOP/s", "GB/s", "of peak");
  const auto percent = [&](double share) { return peaks ? fmt::format("{:.1f}%", 100 * share) : "-"; };
  double all_ms = 0;
  double least_ms = 0;
  for (const NodeProfile& node : nodes) {
    const double ms = median(node.ms);
    const Peaks& known = peaks ? *peaks : Peaks{};
    all_ms += ms;
    least_ms += roof_seconds(known, node) * 1e3;
    table += line_start(widths, node.name, node.kernel, to_string(node.precision)) +
             fmt::format(" {:>9.3f} {:>9} {:>8.1f} {:>7}\n", ms, operations_text(node, ms),
                         giga_per_second(node.bytes, ms), percent(share_of_peak(known, node)));
  }
  table += line_start(widths, "all nodes", "", "") +
           fmt::format(" {:>9.3f} {:>9} {:>8} {:>7}\n", all_ms, "", "", percent(all_ms > 0 ? least_ms / all_ms : 0));
  if (!peaks) return table + "peaks of this device: not known\n";
  table += fmt::format("peaks of this device, measured now on {} threads:", peaks->threads);
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    const double operations = peaks->operations(precision);
    if (operations > 0) table += fmt::format(" {} {:.0f} GFLOP/s,", to_string(precision), operations / 1e9);
  }
  return table + fmt::format(" memory {:.1f} GB/s\n", peaks->bytes / 1e9);
}

}  // namespace impasto::stylize
