// The host executor has no times worth telling.
#include "bench/timing.h"

namespace impasto::simt {

bench::DeviceInfo device_info(Device& device, bool /*fp16*/) {
  bench::DeviceInfo info;
  info.name = device.name();
  return info;
}

std::vector<double> time_launches(Device& /*device*/, int /*repeats*/, const std::function<void()>& /*launch*/) {
  return {};
}

}  // namespace impasto::simt
