// Devices by name, for every program of this project.
#pragma once

#include "runtime/backend.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace impasto {

struct DeviceOptions {
  int threads = 0;                // of the cpu; 0: as many as there are cores
  std::vector<ForcedRung> rungs;  // of cuda and simt
};

// "cpu", "cuda", "cuda:N", "simt", or "auto": cuda if there is a GPU that can be used, else cpu; `say` is told why not.
// Throws a usage Error for another name and for rungs where there are none, and one of kind no_device for a device that
// this build or machine does not have.
[[nodiscard]] std::unique_ptr<Backend> open_device(
    const std::string& name, const DeviceOptions& options = {},
    const std::function<void(const std::string&)>& say = [](const std::string& /*text*/) {});

// What nets run in that keep their limits in it: `wanted`, or the fastest precision of the device. Throws a usage Error
// that lists the device's precisions.
[[nodiscard]] Precision choose_precision(std::optional<Precision> wanted, const Backend& device);

// One line a device of this build and machine, with its precisions; a GPU that cannot be used with the reason.
[[nodiscard]] std::string list_devices();

// What the kernels of cuda are compiled for, or "none".
[[nodiscard]] std::string cuda_architectures();

}  // namespace impasto
