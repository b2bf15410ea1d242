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

std::vector<bench::LaunchPlan> plan_launches(Device& device, const std::function<void()>& launch) {
  std::vector<LaunchShape> shapes;
  device.stream()->note_launches(&shapes);
  launch();
  device.stream()->note_launches(nullptr);
  std::vector<bench::LaunchPlan> plans;
  for (const LaunchShape& s : shapes) {
    plans.push_back({s.kernel, {s.grid.x, s.grid.y, s.grid.z}, {s.block.x, s.block.y, s.block.z}, s.shared_bytes});
  }
  return plans;
}

}  // namespace impasto::simt
