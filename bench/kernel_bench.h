// What bench_kernels asks of an op on a device. bench_conv2d.cpp is compiled once for simt and once for cuda.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::bench {

struct Conv2dSize {
  std::string name;
  int n = 1, h = 1, w = 1, c = 1, k = 1, r = 1, s = 0;  // s = 0: as r
  int stride = 1, pad = -1, reflect = 0, groups = 1;    // pad = -1: r / 2 and s / 2
  bool fp16 = true;
};

struct DeviceInfo {
  std::string name, driver, clocks;
  bool timed = false;     // false on simt and on a virtual GPU
  double peak_flops = 0;  // measured: of mma.sync in fp16, of fused multiply-adds in fp32
};

// A launch that a rung makes for a problem.
struct LaunchPlan {
  std::string kernel;
  std::array<unsigned, 3> grid, block;
  std::size_t shared_bytes;
};

class KernelBench {
 public:
  virtual ~KernelBench() = default;
  [[nodiscard]] virtual const DeviceInfo& device() const = 0;
  [[nodiscard]] virtual double flops() const = 0;
  [[nodiscard]] virtual double bytes() const = 0;                         // that have to move: each tensor once
  [[nodiscard]] virtual std::vector<std::string_view> rungs() const = 0;  // that take the problem, slowest first
  [[nodiscard]] virtual std::string_view chosen() const = 0;              // the one that the product runs
  // |y - y1| / |y1|, y1 from the naive rung in fp32 on the same values.
  [[nodiscard]] virtual double error(std::string_view rung) = 0;
  // One time a repeat, in ms, with L2 flushed before each.
  [[nodiscard]] virtual std::vector<double> time_ms(std::string_view rung, int repeats) = 0;
  // What it would launch; nothing runs. Only on simt.
  [[nodiscard]] virtual std::vector<LaunchPlan> plan(std::string_view rung) = 0;
};

}  // namespace impasto::bench

// Throw std::runtime_error if the device cannot be opened.
namespace impasto::simt {
[[nodiscard]] std::unique_ptr<bench::KernelBench> make_conv2d_bench(const bench::Conv2dSize& size);
}
namespace impasto::cuda {
[[nodiscard]] std::unique_ptr<bench::KernelBench> make_conv2d_bench(const bench::Conv2dSize& size);
}
