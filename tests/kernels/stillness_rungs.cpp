// Every rung of stillness against the reference in double: no byte outside y is touched, every value of y is written, a
// second run and another order of execution give the same bits.
#include "kernels/stillness/stillness.h"
#include "tests/cases/stillness.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("stillness: every rung against the reference") {
  NEED_DEVICE();
  for (const test::StillnessCase& c : problems(test::kStillnessCases)) {
    CAPTURE(c.h, c.w, c.noise, c.object, c.contrast, c.checkered);
    const StillnessProblem problem{.h = c.h, .w = c.w};
    const test::FramePair frames = test::frames_of(c);
    const std::vector<double> expected = stillness_reference(problem, frames.now, frames.before);
    for (const StillnessRung& rung : stillness_rungs()) {
      INFO(rung.name);
      std::vector<std::byte> first;
      for (const int number : device_numbers()) {
        Device device(number);
        const DeviceArray<std::uint8_t> now(device, frames.now), before(device, frames.before);
        for (int run = first.empty() ? 0 : 1; run < 2; ++run) {
          const Poisoned y(device, expected.size() * sizeof(float));
          rung.launch(problem, {now.data(), before.data(), reinterpret_cast<float*>(y.data())}, device.stream());
          device.synchronise();
          const std::vector<std::byte> bytes = y.download();
          if (first.empty()) {
            first = bytes;
            check_close(from_storage(bytes, Storage::f32), expected, std::vector<double>(expected.size(), 2e-6));
          }
          CHECK(bytes == first);
        }
      }
    }
  }
}

TEST_CASE("stillness: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const StillnessRung& rung : stillness_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768}, {}, device.stream()),
                      Catch::Contains("the frame has 3221225472"));
  }
}

}  // namespace impasto::IMPASTO_TARGET
