// Times of launches by CUDA events, and the peaks that they are compared with, measured: warps that do nothing but
// mma.m16n8k16, or fused multiply-adds, on registers; a large copy.
#include "bench/peaks.h"
#include "bench/timing.h"
#include "kernels/common/ptx.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace impasto::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kRounds = 4096;
constexpr int kChains = 8;  // independent sums of a thread, so that latency does not show

__global__ void __launch_bounds__(kThreads) only_mma(float* y) {
  float sum[kChains][4] = {};
  const unsigned a[4] = {threadIdx.x, 1, 2, 3};
  for (int round = 0; round < kRounds; ++round) {
#pragma unroll
    for (auto& c : sum) mma_m16n8k16(c, a, a[0], a[1]);
  }
  float all = 0;
  for (auto& c : sum) all += c[0] + c[1] + c[2] + c[3];
  y[blockIdx.x * kThreads + threadIdx.x] = all;
}

__global__ void __launch_bounds__(kThreads) only_fma(float* y) {
  float sum[kChains] = {};
  const float a = static_cast<float>(threadIdx.x);
  for (int round = 0; round < kRounds; ++round) {
#pragma unroll
    for (float& c : sum) c = c * 0.5F + a;
  }
  float all = 0;
  for (const float c : sum) all += c;
  y[blockIdx.x * kThreads + threadIdx.x] = all;
}

class Events {
 public:
  Events() {
    check(cudaEventCreate(&begin_), "cudaEventCreate");
    check(cudaEventCreate(&end_), "cudaEventCreate");
  }
  ~Events() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  [[nodiscard]] double ms(Stream stream, const std::function<void()>& work) {
    check(cudaEventRecord(begin_, stream), "cudaEventRecord");
    work();
    check(cudaEventRecord(end_, stream), "cudaEventRecord");
    check(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float ms = 0;
    check(cudaEventElapsedTime(&ms, begin_, end_), "cudaEventElapsedTime");
    return static_cast<double>(ms);
  }

 private:
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

int attribute(cudaDeviceAttr which) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, 0), "cudaDeviceGetAttribute");
  return value;
}

double peak_flops(Device& device, bool fp16) {
  const int blocks = 8 * attribute(cudaDevAttrMultiProcessorCount);
  const double threads = static_cast<double>(blocks) * kThreads;
  std::byte* y = device.allocate(static_cast<std::size_t>(blocks) * kThreads * sizeof(float));
  const auto run = [&] {
    const dim3 grid(static_cast<unsigned>(blocks));
    if (fp16) launch(device.stream(), grid, dim3(kThreads), 0, kernel<only_mma>, reinterpret_cast<float*>(y));
    if (!fp16) launch(device.stream(), grid, dim3(kThreads), 0, kernel<only_fma>, reinterpret_cast<float*>(y));
  };
  const std::vector<double> ms = time_launches(device, 5, run);
  Device::release(y);
  const double each = fp16 ? 2.0 * 16 * 8 * 16 / 32 : 2.0;  // of a thread, for one instruction
  return threads * kRounds * kChains * each / (*std::min_element(ms.begin(), ms.end()) * 1e-3);
}

// Of a copy that is far larger than L2, counted as read and written.
double peak_bytes(Device& device) {
  constexpr std::size_t kBytes = std::size_t{256} << 20;
  std::byte* x = device.allocate(kBytes);
  std::byte* y = device.allocate(kBytes);
  const std::vector<double> ms = time_launches(device, 5, [&] {
    check(cudaMemcpyAsync(y, x, kBytes, cudaMemcpyDeviceToDevice, device.stream()), "cudaMemcpyAsync");
  });
  Device::release(x);
  Device::release(y);
  return 2.0 * kBytes / (*std::min_element(ms.begin(), ms.end()) * 1e-3);
}

}  // namespace

bench::DeviceInfo device_info(Device& device, bool fp16) {
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  bench::DeviceInfo info;
  info.name = device.name();
  info.driver = "CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  info.timed = info.name.find("virtual") == std::string::npos;
  if (!info.timed) return info;
  info.clocks = "at most " + std::to_string(attribute(cudaDevAttrClockRate) / 1000) + " MHz, memory " +
                std::to_string(attribute(cudaDevAttrMemoryClockRate) / 1000) + " MHz";
  info.peak_flops = peak_flops(device, fp16);
  info.peak_bytes = peak_bytes(device);
  return info;
}

std::vector<double> time_launches(Device& device, int repeats, const std::function<void()>& launch) {
  const std::size_t flush_bytes = 2 * static_cast<std::size_t>(attribute(cudaDevAttrL2CacheSize));
  std::byte* flush = device.allocate(flush_bytes);
  Events events;
  std::vector<double> ms;
  constexpr int kWarmUp = 3;
  for (int i = 0; i < kWarmUp + repeats; ++i) {
    check(cudaMemsetAsync(flush, i, flush_bytes, device.stream()), "cudaMemsetAsync");
    const double one = events.ms(device.stream(), launch);
    if (i >= kWarmUp) ms.push_back(one);
  }
  Device::release(flush);
  return ms;
}

std::vector<bench::LaunchPlan> plan_launches(Device& /*device*/, const std::function<void()>& /*launch*/) {
  throw std::runtime_error("launches are planned on simt");
}

}  // namespace impasto::cuda

namespace impasto::bench {

std::optional<Peaks> cuda_peaks(int ordinal, bool fp16) {
  cuda::Device device(ordinal);
  const DeviceInfo info = cuda::device_info(device, fp16);
  if (!info.timed) return std::nullopt;
  Peaks peaks{.bytes = info.peak_bytes};
  (fp16 ? peaks.fp16 : peaks.fp32) = info.peak_flops;
  return peaks;
}

}  // namespace impasto::bench
