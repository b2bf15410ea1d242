// bench_nets: one net alone, node by node. Random weights unless a file is given: the time does not depend on their
// values.
//   bench_nets --net multistyle --size 1024x680 --precision bf16 --threads 2 --repeat 10 [--json]
#include "bench/peaks.h"
#include "nets/net.h"
#include "runtime/devices/devices.h"
#include "runtime/engine.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

using namespace impasto;

namespace {

struct Options {
  std::string net;
  std::string weights;
  std::string size;
  std::string device = "cpu";
  std::string precision = "fp32";
  std::vector<std::string> inputs;
  std::string output;
  int threads = 0;
  int repeat = 10;
  bool json = false;
};

struct Size {
  int width = 0;
  int height = 0;
};

Size parse_size(const std::string& text, const Net& net) {
  if (net.fixed_w != 0) return {net.fixed_w, net.fixed_h};
  Size size;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &size.width, &size.height, &rest) != 2 || size.width < 1 ||
      size.height < 1) {
    fail_usage("--size {}: expected WxH", text);
  }
  return size;
}

// In "auto" what stylize takes.
Precision parse_precision(const std::string& text, const Net& net, const Backend& backend) {
  if (text == "auto") return precision_of(net, choose_precision({}, backend));
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    if (text == to_string(precision)) return precision;
  }
  fail_usage("--precision {}: expected auto, fp32, fp16 or bf16", text);
}

using Bytes = std::vector<std::byte>;

void read_input(const std::string& path, Bytes& bytes) {
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || file.peek() != std::ifstream::traits_type::eof()) {
    fail("--input {}: expected a file of {} bytes", path, bytes.size());
  }
}

// For each input its file's bytes; where there is none, a picture of noise, and every style an equal share: nothing
// that makes arithmetic faster than real input does.
std::vector<Bytes> make_inputs(const Graph& graph, const std::vector<std::string>& paths) {
  std::mt19937 random(1);
  std::vector<Bytes> inputs;
  for (const TensorId id : graph.inputs()) {
    const TensorInfo& info = graph.tensor(id);
    Bytes& bytes = inputs.emplace_back(info.bytes());
    if (info.dtype == DType::f32) {
      std::ranges::fill(std::span(reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)),
                        1.0F / static_cast<float>(info.shape.c));
    } else {
      std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random() & 0xffU); });
    }
  }
  if (paths.size() > inputs.size()) fail_usage("--input: {} files for {} inputs", paths.size(), inputs.size());
  for (std::size_t i = 0; i < paths.size(); ++i) read_input(paths[i], inputs[i]);
  return inputs;
}

// Before each run: inputs do not outlive one.
void fill_inputs(Engine& engine, const std::vector<Bytes>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::ranges::copy(inputs[i], engine.host(engine.graph().inputs()[i]).begin());
  }
}

// The first output as it lies in memory.
void write_output(Engine& engine, const std::string& path) {
  const std::span<const std::byte> bytes = engine.host(engine.graph().outputs()[0]);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) fail("--output {}: cannot be written", path);
}

double milliseconds(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Of all threads.
double cpu_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::optional<Peaks> measure_peaks(Backend& backend, Precision precision, const std::string& device) {
  if (backend.name() != "cuda") return backend.measure_peaks();
  const std::size_t colon = device.find(':');
  return bench::cuda_peaks(colon == std::string::npos ? 0 : std::stoi(device.substr(colon + 1)),
                           precision == Precision::fp16);
}

void run(const Options& options) {
  const Net& net = find_net(options.net);
  const Size size = parse_size(options.size, net);
  const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());

  const Weights weights =
      options.weights.empty() ? Weights::random(net.weight_table(), 1) : Weights::open(options.weights);
  const auto backend = open_device(options.device, {threads, {}});
  const Precision precision = parse_precision(options.precision, net, *backend);
  if (!backend->supports(precision))
    fail_usage("--precision {}: {} has not", options.precision, backend->device_name());
  Engine engine(build_net(net, weights, size.height, size.width, precision), *backend);
  const std::vector<Bytes> inputs = make_inputs(engine.graph(), options.inputs);

  for (int i = 0; i < 2; ++i) {  // warm-up
    fill_inputs(engine, inputs);
    engine.run();
  }
  std::vector<double> ms;
  std::vector<double> cpu_ms;
  for (int i = 0; i < options.repeat; ++i) {
    fill_inputs(engine, inputs);
    const double before = cpu_milliseconds();
    ms.push_back(milliseconds([&] { engine.run(); }));
    cpu_ms.push_back(cpu_milliseconds() - before);
  }
  if (!options.output.empty()) write_output(engine, options.output);
  Profiler profiler;
  profiler.begin(engine.profile());
  for (int i = 0; i < options.repeat; ++i) {
    fill_inputs(engine, inputs);
    engine.run(profiler);
  }

  // The time of an interpreter says nothing of a GPU.
  const bool timed = backend->name() != "simt" && backend->device_name().find("virtual") == std::string::npos;
  const auto figure = [timed](double value) {
    return timed ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  const auto text = [](const nlohmann::ordered_json& json, int digits) {
    return json.is_null() ? std::string("-") : fmt::format("{:.{}f}", json.get<double>(), digits);
  };
  const std::int64_t peak_rss = peak_rss_bytes();  // before what the peaks take
  const auto peaks = measure_peaks(*backend, precision, options.device);
  double flops = 0;
  nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
  for (const NodeProfile& node : profiler.nodes()) {
    const double seconds = median(node.ms) / 1e3;
    flops += node.flops;
    nodes.push_back({{"name", node.name},
                     {"op", node.op},
                     {"kernel", node.kernel},
                     {"precision", to_string(node.precision)},
                     {"ms", figure(seconds * 1e3)},
                     {"gflops", figure(node.flops / seconds / 1e9)},
                     {"gbps", figure(node.bytes / seconds / 1e9)},
                     {"roof", peaks ? figure(share_of_peak(*peaks, node)) : nlohmann::ordered_json()}});
  }
  const double best = *std::ranges::min_element(ms);
  if (options.json) {
    const Shape& out = engine.graph().tensor(engine.graph().outputs()[0]).shape;
    const nlohmann::ordered_json record{{"net", net.name},
                                        {"size", fmt::format("{}x{}", size.width, size.height)},
                                        {"device", backend->device_name()},
                                        {"precision", to_string(precision)},
                                        {"threads", threads},
                                        {"output", {out.n, out.h, out.w, out.c}},
                                        {"ms", timed ? nlohmann::ordered_json(ms) : nlohmann::ordered_json()},
                                        {"ms_median", figure(median(ms))},
                                        {"ms_min", figure(best)},
                                        {"cpu_ms_median", figure(median(cpu_ms))},
                                        {"gflops", figure(flops / median(ms) / 1e6)},
                                        {"peak_rss_bytes", peak_rss},
                                        {"nodes", nodes}};
    fmt::print("{}\n", record.dump());
    return;
  }
  fmt::print("{:<28} {:<16} {:<40} {:>9} {:>9} {:>8} {:>5}\n", "node", "op", "kernel", "ms", "GFLOP/s", "GB/s", "roof");
  for (const auto& node : nodes) {
    fmt::print("{:<28} {:<16} {:<40} {:>9} {:>9} {:>8} {:>5}\n", node["name"].get<std::string>(),
               node["op"].get<std::string>(), node["kernel"].get<std::string>(), text(node["ms"], 3),
               text(node["gflops"], 1), text(node["gbps"], 1), text(node["roof"], 2));
  }
  fmt::print("{} {}x{} {} on {}, {} threads: median {} ms, least {} ms, {} ms on all cores, {} GFLOP/s, peak {} MiB\n",
             net.name, size.width, size.height, to_string(precision), backend->device_name(), threads,
             text(figure(median(ms)), 2), text(figure(best), 2), text(figure(median(cpu_ms)), 2),
             text(figure(flops / median(ms) / 1e6), 0), peak_rss >> 20);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("One net alone, node by node");
  Options options;
  app.add_option("--net", options.net, "a name that stylize --list-models prints")->required();
  app.add_option("--weights", options.weights, "weights file (default: random weights)");
  app.add_option("--size", options.size, "WxH; nets with a size of their own ignore it")->default_str("1024x680");
  app.add_option("--device", options.device, "auto, cpu, cuda, cuda:N or simt")->capture_default_str();
  app.add_option("--precision", options.precision, "auto, or fp32 or bf16 on the cpu, fp16 or fp32 on the others")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "0: all cores")->capture_default_str();
  app.add_option("--input", options.inputs,
                 "files with the bytes of the picture, H x W of R,G,B (default: noise), and of the other input");
  app.add_option("--output", options.output, "file for the net's output: H x W x channels of float32");
  app.add_option("--repeat", options.repeat, "runs")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--json", options.json, "one record on stdout");
  options.size = "1024x680";
  try {
    app.parse(argc, argv);
    run(options);
    return 0;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ErrorKind::usage);
  } catch (const Error& e) {
    fmt::print(stderr, "bench_nets: {}\n", e.what());
    return static_cast<int>(e.kind());
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_nets: {}\n", e.what());
    return 1;
  }
}
