// bench_kernels: the rungs of an op on one problem.
//   bench_kernels --op conv2d --problem res --device cuda --verify [--rung conv2d_v4] [--json]
//   bench_kernels --op conv2d --problem 'h=270 w=480 c=128 k=128 r=3' --device cuda
#include "bench/kernel_bench.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>
#include <stdexcept>

using namespace impasto::bench;
using Json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string op = "conv2d";
  std::string rung;  // rungs whose name begins so; empty: all
  std::string problem;
  std::string device = IMPASTO_BENCH_DEVICE;
  std::string precision = "fp16";
  int repeats = 20;
  bool verify = false, json = false, list = false, plan = false, once = false;
};

std::vector<OpBench> ops_of(const std::string& device) {
  if (device == "simt") return impasto::simt::bench_ops();
#ifdef IMPASTO_BENCH_CUDA
  if (device == "cuda") return impasto::cuda::bench_ops();
#endif
  throw std::invalid_argument(fmt::format("--device {}: expected {}", device, IMPASTO_BENCH_DEVICES));
}

// Sets what `text` names, like 'h=270 w=480'. `known`: only sizes that are there already.
void set_sizes(Sizes& sizes, std::string_view text, bool known) {
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    const std::string name = word.substr(0, equals);
    int value = 0;
    char rest = 0;
    if ((known && !sizes.contains(name)) || std::sscanf(word.c_str() + equals, "=%d%c", &value, &rest) != 1) {
      std::vector<std::string> names;
      for (const auto& size : sizes) names.push_back(size.first);
      throw std::invalid_argument(fmt::format("'{}' is neither a name of --list nor like h=270, with a name of {}",
                                              word, fmt::join(names, ", ")));
    }
    sizes[name] = value;
  }
}

// `problem`: a name of the op's, or sizes.
std::unique_ptr<KernelBench> open(const OpBench& op, std::string_view problem, const Options& options) {
  try {
    Sizes sizes;
    set_sizes(sizes, op.sizes, false);
    const auto named = std::ranges::find(op.problems, problem, &NamedProblem::name);
    set_sizes(sizes, named == op.problems.end() ? problem : named->sizes, true);
    return op.open(sizes, options.precision == "fp16");
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("--op {} --problem {}: {}", op.name, problem, e.what()));
  }
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

void list(const OpBench& op) {
  fmt::print("op {} (sizes: {})\n", op.name, op.sizes);
  for (const NamedProblem& problem : op.problems) fmt::print("  problem '{}': {}\n", problem.name, problem.sizes);
  for (const std::string_view rung : op.rungs) fmt::print("  rung {}\n", rung);
}

// One line of JSON for each rung: what it would launch for the problem.
void plan(const OpBench& op, std::string_view problem, KernelBench& bench, const Options& options) {
  for (const std::string_view rung : bench.rungs()) {
    if (!rung.starts_with(options.rung)) continue;
    Json launches = Json::array();
    for (const LaunchPlan& launch : bench.plan(rung)) {
      launches.push_back({{"kernel", launch.kernel},
                          {"grid", launch.grid},
                          {"block", launch.block},
                          {"shared_bytes", launch.shared_bytes}});
    }
    const Json record{
        {"op", op.name},          {"problem", problem},     {"rung", rung},        {"chosen", rung == bench.chosen()},
        {"flops", bench.flops()}, {"bytes", bench.bytes()}, {"launches", launches}};
    fmt::print("{}\n", record.dump());
  }
}

// The times of a rung, and what follows from them; first_ms: of the op's first rung, 0 for that one itself.
Json timed(KernelBench& bench, const DeviceInfo& device, std::string_view rung, int repeats, double first_ms) {
  const std::vector<double> ms = bench.time_ms(rung, repeats);
  const double middle = median(ms);
  const double least_s = std::max(bench.flops() / device.peak_flops, bench.bytes() / device.peak_bytes);
  return {{"ms_median", middle},
          {"ms_min", std::ranges::min(ms)},
          {"spread", (std::ranges::max(ms) - std::ranges::min(ms)) / middle},
          {"gflops", bench.flops() / middle / 1e6},
          {"gbps", bench.bytes() / middle / 1e6},
          {"of_roofline", least_s / (middle * 1e-3)},
          {"x_v1", first_ms > 0 ? first_ms / middle : 1.0}};
}

void print_table(const OpBench& op, std::string_view problem, KernelBench& bench, const DeviceInfo& device,
                 const Options& options, const Json& rows) {
  fmt::print("{} {} {} on {}, {:.3g} GFLOP, {:.3g} MB", op.name, problem, options.precision, device.name,
             bench.flops() / 1e9, bench.bytes() / 1e6);
  if (device.timed) {
    fmt::print(" ({}, {}; measured peaks {:.1f} TFLOP/s, {:.0f} GB/s)", device.driver, device.clocks,
               device.peak_flops / 1e12, device.peak_bytes / 1e9);
  }
  fmt::print("\n| rung | ms | least | spread | TFLOP/s | GB/s | of roofline | x v1 | x cuDNN | error |\n");
  fmt::print("|---|---|---|---|---|---|---|---|---|---|\n");
  for (const Json& row : rows) {
    const auto number = [&](const char* key, const char* format, double scale = 1) {
      return row.contains(key) ? fmt::format(fmt::runtime(format), row[key].get<double>() * scale) : std::string("-");
    };
    fmt::print("| {}{} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", row["rung"].get<std::string>(),
               row["chosen"].get<bool>() ? " (runs)" : "", number("ms_median", "{:.4f}"), number("ms_min", "{:.4f}"),
               number("spread", "{:.2f}"), number("gflops", "{:.2f}", 1e-3), number("gbps", "{:.0f}"),
               number("of_roofline", "{:.1f} %", 100), number("x_v1", "{:.1f}"), number("x_cudnn", "{:.2f}"),
               number("error", "{:.1e}"));
  }
}

// False if a rung is wrong.
bool compare(const OpBench& op, std::string_view problem, KernelBench& bench, const Options& options) {
  const DeviceInfo device = bench.device();
  const double limit = options.precision == "fp16" ? 1e-3 : 1e-5;
  Json rows = Json::array();
  double first_ms = 0;
  bool right = true;
  const std::optional<RivalTime> rival = device.timed ? bench.rival(options.repeats) : std::nullopt;
  for (const std::string_view rung : bench.rungs()) {
    const bool wanted = rung.starts_with(options.rung);
    if (!wanted && rung != bench.rungs().front()) continue;
    Json row{{"rung", rung}, {"chosen", rung == bench.chosen()}};
    if (wanted && options.verify) {
      const std::optional<double> error = bench.error(rung);
      if (error) row["error"] = *error;
      right = right && (!error || *error <= limit);
    }
    if (device.timed) {  // v1 always: what the others are compared with
      row.update(timed(bench, device, rung, options.repeats, first_ms));
      if (first_ms == 0) first_ms = row["ms_median"];
      if (rival) row["x_cudnn"] = median(rival->ms) / row["ms_median"].get<double>();
    }
    if (wanted) rows.push_back(row);
  }
  if (options.json) {
    Json record{{"op", op.name},
                {"problem", problem},
                {"precision", options.precision},
                {"device", device.name},
                {"driver", device.driver},
                {"clocks", device.clocks},
                {"peak_tflops", device.peak_flops / 1e12},
                {"peak_gbps", device.peak_bytes / 1e9},
                {"flops", bench.flops()},
                {"bytes", bench.bytes()},
                {"commit", IMPASTO_COMMIT},
                {"date", today()},
                {"rungs", rows}};
    if (rival) {
      record["rival"] = {
          {"name", rival->name}, {"ms_median", median(rival->ms)}, {"workspace_bytes", rival->workspace_bytes}};
    }
    fmt::print("{}\n", record.dump());
  } else {
    print_table(op, problem, bench, device, options, rows);
    if (rival) {
      fmt::print("{}: {:.4f} ms, workspace {} bytes\n", rival->name, median(rival->ms), rival->workspace_bytes);
    }
  }
  if (!right) fmt::print(stderr, "bench_kernels: a rung is wrong\n");
  return right;
}

bool run(const OpBench& op, std::string_view problem, const Options& options) {
  const auto bench = open(op, problem, options);
  if (std::ranges::none_of(bench->rungs(), [&](auto rung) { return rung.starts_with(options.rung); })) {
    if (options.problem == "all") return true;
    throw std::invalid_argument(fmt::format("--rung {}: none that takes the problem", options.rung));
  }
  if (options.plan) {
    plan(op, problem, *bench, options);
    return true;
  }
  if (options.once) {
    for (const std::string_view rung : bench->rungs()) {
      if (rung.starts_with(options.rung)) bench->run_once(rung);
    }
    return true;
  }
  return compare(op, problem, *bench, options);
}

int run(const Options& options) {
  std::vector<OpBench> ops = ops_of(options.list || options.plan ? "simt" : options.device);
  if (options.op != "all") {
    std::vector<std::string_view> names;
    for (const OpBench& op : ops) names.push_back(op.name);
    std::erase_if(ops, [&](const OpBench& op) { return !options.list && op.name != options.op; });
    if (ops.empty()) {
      throw std::invalid_argument(fmt::format("--op {}: expected all, {}", options.op, fmt::join(names, ", ")));
    }
  }
  bool right = true;
  for (const OpBench& op : ops) {
    if (options.list) {
      list(op);
    } else if (options.problem == "all") {
      for (const NamedProblem& problem : op.problems) right = run(op, problem.name, options) && right;
    } else {
      right = run(op, options.problem.empty() ? op.problems.front().name : options.problem, options) && right;
    }
  }
  return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The rungs of an op on one problem");
  Options options;
  app.add_option("--op", options.op, "a name of --list, or all")->capture_default_str();
  app.add_option("--rung", options.rung, "the rungs whose name begins so (default: all)");
  app.add_option("--problem", options.problem,
                 "a name of --list, 'h=270 w=480 c=128 k=128 r=3', or all (default: the op's first)");
  app.add_option("--device", options.device, IMPASTO_BENCH_DEVICES)->capture_default_str();
  app.add_option("--precision", options.precision, "fp16 or fp32")
      ->capture_default_str()
      ->check(CLI::IsMember({"fp16", "fp32"}));
  app.add_option("--repeat", options.repeats, "timed runs")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--verify", options.verify, "compare with the first rung in fp32; exit code 1 if one is wrong");
  app.add_flag("--once", options.once, "run each rung once and nothing else, for profilers and counters");
  app.add_flag("--plan", options.plan, "what each rung would launch: a record a rung; nothing runs");
  app.add_flag("--json", options.json, "one record a problem on stdout");
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
