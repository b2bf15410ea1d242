// Devices by name.
#pragma once

#include "runtime/backend.h"

#include <memory>
#include <optional>
#include <string>

namespace impasto::stylize {

// "auto", "cpu", "cuda", "cuda:N" or "simt". Throws a usage Error for another name, and one of kind no_device for a
// device that this build or machine does not have. `threads` 0: as many as there are cores.
[[nodiscard]] std::unique_ptr<Backend> open_device(const std::string& name, int threads);

// What the style net runs in: `wanted`, or the fastest precision whose results keep the limits of the goldens. Throws a
// usage Error that lists the device's precisions.
[[nodiscard]] Precision choose_precision(std::optional<Precision> wanted, const Backend& device);

// One line a device of this build and machine, with its precisions.
[[nodiscard]] std::string list_devices();

}  // namespace impasto::stylize
