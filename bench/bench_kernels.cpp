// bench_kernels: the rungs of an op on one problem.
//   bench_kernels --op conv2d --problem res --device cuda --verify [--rung conv2d_v4] [--json]
//   bench_kernels --op conv2d --problem 'h=270 w=480 c=128 k=128 r=3' --device cuda
#include "bench/kernel_bench.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <sstream>
#include <stdexcept>

using namespace impasto::bench;

namespace {

struct Options {
  std::string op = "conv2d";
  std::string rung;  // a rung whose name begins so; empty: all
  std::string problem = "res";
  std::string device = IMPASTO_BENCH_DEVICE;
  std::string precision = "fp16";
  int repeats = 20;
  bool verify = false;
  bool json = false;
  bool list = false;
  bool plan = false;
};

// Convolutions of the nets, for a picture of 1920x1080 and for the matte's own sizes.
const std::array kProblems{
    Conv2dSize{.name = "res", .h = 270, .w = 480, .c = 128, .k = 128, .r = 3},
    Conv2dSize{.name = "32-32", .h = 540, .w = 960, .c = 32, .k = 32, .r = 3},
    Conv2dSize{.name = "down1", .h = 1080, .w = 1920, .c = 32, .k = 64, .r = 3, .stride = 2},
    Conv2dSize{.name = "down2", .h = 540, .w = 960, .c = 64, .k = 128, .r = 3, .stride = 2},
    Conv2dSize{.name = "rgb-in", .h = 1080, .w = 1920, .c = 3, .k = 32, .r = 9},
    Conv2dSize{.name = "rgb-out", .h = 1080, .w = 1920, .c = 32, .k = 3, .r = 9},
    Conv2dSize{.name = "1x1", .h = 64, .w = 64, .c = 16, .k = 72},
    Conv2dSize{.name = "1x1 one pixel", .c = 72, .k = 24},
    Conv2dSize{.name = "depthwise", .h = 64, .w = 64, .c = 72, .k = 72, .r = 3, .stride = 2, .groups = 72},
    Conv2dSize{.name = "small res", .h = 34, .w = 45, .c = 128, .k = 128, .r = 3},
};

// A name of kProblems, or 'h=270 w=480 c=128 k=128 r=3' with s, stride, pad, reflect, groups and n where they matter.
Conv2dSize parse_problem(const std::string& text) {
  const auto named = std::ranges::find(kProblems, text, &Conv2dSize::name);
  if (named != kProblems.end()) return *named;
  Conv2dSize size{.name = text};
  const std::map<std::string, int*> fields{
      {"n", &size.n},          {"h", &size.h}, {"w", &size.w},           {"c", &size.c},     {"k", &size.k},
      {"r", &size.r},          {"s", &size.s}, {"stride", &size.stride}, {"pad", &size.pad}, {"reflect", &size.reflect},
      {"groups", &size.groups}};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    const auto field = fields.find(word.substr(0, equals));
    int value = 0;
    char rest = 0;
    if (equals == std::string::npos || field == fields.end() ||
        std::sscanf(word.c_str() + equals + 1, "%d%c", &value, &rest) != 1 || value < 0) {
      throw std::invalid_argument(
          fmt::format("--problem {}: '{}' is neither a name of --list nor like h=270", text, word));
    }
    *field->second = value;
  }
  const int s = size.s > 0 ? size.s : size.r;
  const int pad_h = size.pad >= 0 ? size.pad : size.r / 2;
  const int pad_w = size.pad >= 0 ? size.pad : s / 2;
  if (std::min({size.n, size.h, size.w, size.c, size.k, size.r, size.stride, size.groups}) < 1 ||
      size.c % size.groups != 0 || size.k % size.groups != 0 || size.h + 2 * pad_h < size.r || size.w + 2 * pad_w < s ||
      (size.reflect != 0 && (pad_h >= size.h || pad_w >= size.w))) {
    throw std::invalid_argument(fmt::format("--problem {}: not a convolution", text));
  }
  return size;
}

std::unique_ptr<KernelBench> open(const Options& options) {
  Conv2dSize size = parse_problem(options.problem);
  if (options.precision != "fp16" && options.precision != "fp32") {
    throw std::invalid_argument(fmt::format("--precision {}: expected fp16 or fp32", options.precision));
  }
  size.fp16 = options.precision == "fp16";
  if (options.device == "simt") return impasto::simt::make_conv2d_bench(size);
#ifdef IMPASTO_BENCH_CUDA
  if (options.device == "cuda") return impasto::cuda::make_conv2d_bench(size);
#endif
  throw std::invalid_argument(fmt::format("--device {}: expected {}", options.device, IMPASTO_BENCH_DEVICES));
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", std::gmtime(&now));
  return text.data();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void list() {
  fmt::print("op conv2d\n");
  for (const Conv2dSize& size : kProblems) {
    fmt::print("  problem '{}': h={} w={} c={} k={} r={} stride={} groups={}\n", size.name, size.h, size.w, size.c,
               size.k, size.r, size.stride, size.groups);
  }
  for (const std::string_view name : impasto::simt::make_conv2d_bench({.name = "any", .c = 8, .k = 8})->rungs()) {
    fmt::print("  rung {}\n", name);
  }
}

// One line of JSON for each rung: what it would launch for the problem.
void plan(const Options& options) {
  const auto bench = open(options);
  for (const std::string_view rung : bench->rungs()) {
    if (!rung.starts_with(options.rung)) continue;
    nlohmann::ordered_json launches = nlohmann::ordered_json::array();
    for (const LaunchPlan& launch : bench->plan(rung)) {
      launches.push_back({{"kernel", launch.kernel},
                          {"grid", launch.grid},
                          {"block", launch.block},
                          {"shared_bytes", launch.shared_bytes}});
    }
    const nlohmann::ordered_json record{{"op", options.op},
                                        {"problem", options.problem},
                                        {"rung", rung},
                                        {"chosen", rung == bench->chosen()},
                                        {"flops", bench->flops()},
                                        {"bytes", bench->bytes()},
                                        {"launches", launches}};
    fmt::print("{}\n", record.dump());
  }
}

int run(const Options& options) {
  if (options.op != "conv2d") throw std::invalid_argument(fmt::format("--op {}: expected conv2d", options.op));
  if (options.list) {
    list();
    return 0;
  }
  if (options.plan) {
    Options one = options;
    for (const Conv2dSize& size : kProblems) {
      if (options.problem != "all" && options.problem != size.name) continue;
      one.problem = size.name;
      plan(one);
    }
    return 0;
  }
  const auto bench = open(options);
  const DeviceInfo& device = bench->device();
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  double first_ms = 0;
  bool right = true;
  for (const std::string_view rung : bench->rungs()) {
    const bool is_first = rung == bench->rungs().front();
    const bool wanted = rung.starts_with(options.rung);
    if (!wanted && !is_first) continue;
    nlohmann::ordered_json row{{"rung", rung}, {"chosen", rung == bench->chosen()}};
    if (wanted && options.verify) {
      const double error = bench->error(rung);
      const double limit = options.precision == "fp16" ? 1e-3 : 1e-5;
      row["error"] = error;
      right = right && error <= limit;
    }
    if (device.timed) {  // v1 always: what the others are compared with
      const std::vector<double> ms = bench->time_ms(rung, options.repeats);
      const double middle = median(ms);
      if (is_first) first_ms = middle;
      row["ms_median"] = middle;
      row["ms_min"] = std::ranges::min(ms);
      row["spread"] = (std::ranges::max(ms) - std::ranges::min(ms)) / middle;
      row["gflops"] = bench->flops() / middle / 1e6;
      row["gbps"] = bench->bytes() / middle / 1e6;
      row["of_peak"] = bench->flops() / middle / 1e-3 / device.peak_flops;
      row["times_v1"] = first_ms / middle;
    }
    if (wanted) rows.push_back(row);
  }
  if (rows.empty()) throw std::invalid_argument(fmt::format("--rung {}: none that takes the problem", options.rung));

  if (options.json) {
    const nlohmann::ordered_json record{{"op", options.op},
                                        {"problem", options.problem},
                                        {"precision", options.precision},
                                        {"device", device.name},
                                        {"driver", device.driver},
                                        {"clocks", device.clocks},
                                        {"peak_gflops", device.peak_flops / 1e9},
                                        {"commit", IMPASTO_COMMIT},
                                        {"date", today()},
                                        {"rungs", rows}};
    fmt::print("{}\n", record.dump());
    return right ? 0 : 1;
  }
  fmt::print("conv2d {} {} on {} ({}, {}), peak {:.1f} TFLOP/s measured, {:.3g} GFLOP, {:.3g} MB\n", options.problem,
             options.precision, device.name, device.driver, device.clocks, device.peak_flops / 1e12,
             bench->flops() / 1e9, bench->bytes() / 1e6);
  fmt::print("| rung | ms | least | spread | TFLOP/s | of peak | x v1 | error |\n|---|---|---|---|---|---|---|---|\n");
  for (const auto& row : rows) {
    const auto number = [&](const char* key, const char* format) {
      return row.contains(key) ? fmt::format(fmt::runtime(format), row[key].get<double>()) : std::string("-");
    };
    const std::string tflops = device.timed ? fmt::format("{:.2f}", row["gflops"].get<double>() / 1e3) : "-";
    const std::string share = device.timed ? fmt::format("{:.1f} %", row["of_peak"].get<double>() * 100) : "-";
    fmt::print("| {}{} | {} | {} | {} | {} | {} | {} | {} |\n", row["rung"].get<std::string>(),
               row["chosen"].get<bool>() ? " (runs)" : "", number("ms_median", "{:.4f}"), number("ms_min", "{:.4f}"),
               number("spread", "{:.2f}"), tflops, share, number("times_v1", "{:.1f}"), number("error", "{:.1e}"));
  }
  if (!right) fmt::print(stderr, "bench_kernels: a rung is wrong\n");
  return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The rungs of an op on one problem");
  Options options;
  app.add_option("--op", options.op, "conv2d")->capture_default_str();
  app.add_option("--rung", options.rung, "the rungs whose name begins so (default: all)");
  app.add_option("--problem", options.problem, "a name of --list, or 'h=270 w=480 c=128 k=128 r=3'")
      ->capture_default_str();
  app.add_option("--device", options.device, IMPASTO_BENCH_DEVICES)->capture_default_str();
  app.add_option("--precision", options.precision, "fp16 or fp32")->capture_default_str();
  app.add_option("--repeat", options.repeats, "timed runs")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--verify", options.verify, "compare with the naive rung in fp32; exit code 1 if one is wrong");
  app.add_flag("--json", options.json, "one record on stdout");
  app.add_flag("--plan", options.plan, "what each rung would launch, on simt: a record a rung; nothing runs");
  app.add_flag("--list", options.list, "ops, problems and rungs");
  try {
    app.parse(argc, argv);
    return run(options);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::invalid_argument& e) {
    fmt::print(stderr, "bench_kernels: {}\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_kernels: {}\n", e.what());
    return 1;
  }
}
