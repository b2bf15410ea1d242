// What differs between the devices for bench_kernels: timing.cpp of bench/cuda and of bench/simt.
#pragma once

#include "bench/kernel_bench.h"
#include "kernels/common/target.h"

#include <functional>
#include <vector>

namespace impasto::IMPASTO_TARGET {

[[nodiscard]] bench::DeviceInfo device_info(Device& device, bool fp16);
// ms of each of `repeats` launches, after warm-up, with L2 flushed before each. Empty where there is no GPU.
[[nodiscard]] std::vector<double> time_launches(Device& device, int repeats, const std::function<void()>& launch);
// What `launch` would launch; nothing runs. Throws std::runtime_error on cuda.
[[nodiscard]] std::vector<bench::LaunchPlan> plan_launches(Device& device, const std::function<void()>& launch);

}  // namespace impasto::IMPASTO_TARGET
