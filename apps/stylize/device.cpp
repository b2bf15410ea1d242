#include "apps/stylize/device.h"

#include "runtime/cpu/cpu_backend.h"
#include "runtime/error.h"

#include <algorithm>
#include <cctype>

namespace impasto::stylize {
namespace {

std::string precisions(const Backend& device) {
  std::string list;
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    if (device.supports(precision)) list += (list.empty() ? "" : ", ") + std::string(to_string(precision));
  }
  return list;
}

bool is_known(const std::string& name) {
  if (name == "auto" || name == "cpu" || name == "cuda" || name == "simt") return true;
  return name.starts_with("cuda:") && name.size() > 5 && name.size() < 9 &&
         std::all_of(name.begin() + 5, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

std::unique_ptr<Backend> open_device(const std::string& name, int threads) {
  if (!is_known(name)) fail_usage("--device {}: expected auto, cpu, cuda, cuda:N or simt", name);
  if (name != "auto" && name != "cpu") {
    throw Error(fmt::format("--device {}: this build has no such device (it has: cpu)", name), ErrorKind::no_device);
  }
  return make_cpu_backend(threads);
}

Precision choose_precision(std::optional<Precision> wanted, const Backend& device) {
  // Every style net keeps the limits for bf16 (tests/golden).
  if (!wanted) return device.supports(Precision::bf16) ? Precision::bf16 : Precision::fp32;
  if (!device.supports(*wanted)) {
    const bool lacks_bf16 = *wanted == Precision::bf16 && device.name() == "cpu";
    fail_usage("--precision {}: device {} has {}{}", to_string(*wanted), device.name(), precisions(device),
               lacks_bf16 ? "; bf16 needs a CPU with AVX-512 bf16" : "");
  }
  return *wanted;
}

std::string list_devices() {
  const auto cpu = make_cpu_backend(0);
  return fmt::format("{:<8} {} ({})\n", cpu->name(), cpu->device_name(), precisions(*cpu));
}

}  // namespace impasto::stylize
