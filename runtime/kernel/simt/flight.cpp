// The host executor shares the host's memory and does everything at once.
#include "runtime/kernel/kernels.h"

namespace impasto::simt {

std::unique_ptr<Flight> make_flight(Device& /*device*/, std::size_t laps) {
  return make_host_flight(laps);
}

std::unique_ptr<Memory> make_host_memory(Device& device, std::size_t bytes) {
  return std::make_unique<DeviceMemory>(device, bytes);
}

}  // namespace impasto::simt
