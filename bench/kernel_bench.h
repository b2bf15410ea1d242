// What bench_kernels asks of an op on a device. bench/ops is compiled once for simt and once for cuda.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::bench {

// A problem's sizes by name, as in 'h=270 w=480 c=128'.
using Sizes = std::map<std::string, int, std::less<>>;

struct NamedProblem {
  std::string_view name, sizes;
};

struct DeviceInfo {
  std::string name, driver, clocks;
  bool timed = false;     // false on simt and on a virtual GPU
  double peak_flops = 0;  // measured: of mma.sync in fp16, of fused multiply-adds in fp32
  double peak_bytes = 0;  // a second, measured: of a large copy on the device, read and written
};

// A launch that a rung makes for a problem.
struct LaunchPlan {
  std::string kernel;
  std::array<unsigned, 3> grid, block;
  std::size_t shared_bytes;
};

// What another library takes for the same problem (cuDNN).
struct RivalTime {
  std::string name;
  std::size_t workspace_bytes;
  std::vector<double> ms;  // as time_ms
};

// One problem on an opened device.
class KernelBench {
 public:
  virtual ~KernelBench() = default;
  [[nodiscard]] virtual DeviceInfo device() = 0;  // measures the peaks
  [[nodiscard]] virtual double flops() const = 0;
  [[nodiscard]] virtual double bytes() = 0;                               // that have to move: each tensor once
  [[nodiscard]] virtual std::vector<std::string_view> rungs() const = 0;  // that take the problem, slowest first
  [[nodiscard]] virtual std::string_view chosen() const = 0;              // the one that the product runs
  // |y - y1| / |y1|, y1 from the first rung in fp32 on the same values; none if that one does not take the problem.
  [[nodiscard]] virtual std::optional<double> error(std::string_view rung) = 0;
  // One time a repeat, in ms, with L2 flushed before each.
  [[nodiscard]] virtual std::vector<double> time_ms(std::string_view rung, int repeats) = 0;
  [[nodiscard]] virtual std::optional<RivalTime> rival(int repeats) = 0;  // none if there is none
  virtual void run_once(std::string_view rung) = 0;
  // What it would launch; nothing runs. Only on simt.
  [[nodiscard]] virtual std::vector<LaunchPlan> plan(std::string_view rung) = 0;
};

struct OpBench {
  std::string_view name;
  std::string_view sizes;  // every size that a problem may set, with its default
  std::vector<NamedProblem> problems;
  std::vector<std::string_view> rungs;
  // Throws std::invalid_argument if the sizes make no problem, std::runtime_error if the device cannot be opened.
  std::function<std::unique_ptr<KernelBench>(const Sizes&, bool fp16)> open;
};

}  // namespace impasto::bench

namespace impasto::simt {
[[nodiscard]] std::vector<bench::OpBench> bench_ops();
}
namespace impasto::cuda {
[[nodiscard]] std::vector<bench::OpBench> bench_ops();
}
