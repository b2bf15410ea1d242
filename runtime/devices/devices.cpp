#include "runtime/devices/devices.h"

#include "runtime/cpu/cpu_backend.h"
#include "runtime/devices/cuda.h"
#include "runtime/error.h"
#include "runtime/kernel/kernel_backend.h"

#include <algorithm>
#include <cctype>

namespace impasto {
namespace {

constexpr std::string_view kCuda = "cuda:";

std::string precisions(const Backend& device) {
  std::string list;
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    if (device.supports(precision)) list += (list.empty() ? "" : ", ") + std::string(to_string(precision));
  }
  return list;
}

std::string line(std::string_view name, const Backend& device) {
  return fmt::format("{:<8} {} ({})\n", name, device.device_name(), precisions(device));
}

// N of "cuda:N", 0 of "cuda"; nothing of another name.
std::optional<int> ordinal_of(const std::string& name) {
  if (name == "cuda") return 0;
  const std::string digits = name.starts_with(kCuda) ? name.substr(kCuda.size()) : "";
  const bool number = !digits.empty() && digits.size() < 4 &&
                      std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? std::optional(std::stoi(digits)) : std::nullopt;
}

std::unique_ptr<Backend> open_cpu(const DeviceOptions& options) {
  if (!options.rungs.empty()) {
    fail_usage("--kernel {}={}: device cpu has no rungs, expected --device cuda or simt", options.rungs.front().op,
               options.rungs.front().rung);
  }
  return make_cpu_backend(options.threads);
}

}  // namespace

std::unique_ptr<Backend> open_device(const std::string& name, const DeviceOptions& options,
                                     const std::function<void(const std::string&)>& say) {
  if (name == "cpu") return open_cpu(options);
  if (name == "simt") return make_simt_backend(options.rungs);
  const std::optional<int> ordinal = ordinal_of(name);
  if (!ordinal && name != "auto") fail_usage("--device {}: expected auto, cpu, cuda, cuda:N or simt", name);
  try {
    return open_cuda(ordinal.value_or(0), options.rungs);
  } catch (const Error& error) {
    if (ordinal) throw Error(fmt::format("--device {}: {}", name, error.what()), error.kind());
    say(fmt::format("device auto: cpu, because {}", error.what()));
  }
  return open_cpu(options);
}

Precision choose_precision(std::optional<Precision> wanted, const Backend& device) {
  if (!wanted) {
    for (const Precision fast : {Precision::fp16, Precision::bf16}) {
      if (device.supports(fast)) return fast;
    }
    return Precision::fp32;
  }
  if (!device.supports(*wanted)) {
    const bool lacks_bf16 = *wanted == Precision::bf16 && device.name() == "cpu";
    fail_usage("--precision {}: device {} has {}{}", to_string(*wanted), device.name(), precisions(device),
               lacks_bf16 ? "; bf16 needs a CPU with AVX-512 bf16" : "");
  }
  return *wanted;
}

std::string list_devices() {
  std::string list = line("cpu", *make_cpu_backend(0)) + line("simt", *make_simt_backend());
  const int gpus = cuda_count();
  for (int i = 0; i < std::max(gpus, 1); ++i) {
    const std::string name = gpus > 1 ? fmt::format("{}{}", kCuda, i) : "cuda";
    try {
      list += line(name, *open_cuda(i, {}));
    } catch (const Error& error) {
      list += fmt::format("{:<8} cannot be used: {}\n", name, error.what());
    }
  }
  return list;
}

}  // namespace impasto
