// Every rung of blend against the reference in double, in place: no byte outside y is touched, another order of
// execution gives the same bits, and a moment 0 copies whatever y was.
#include "kernels/blend/blend.h"
#include "tests/cases/blend.h"
#include "tests/rungs.h"

#include <array>

namespace impasto::IMPASTO_TARGET {

namespace {

std::vector<std::byte> run(Device& device, const BlendRung& rung, const BlendProblem& problem,
                           const test::BlendData& data, float moment, bool with_last) {
  const DeviceArray<float> x(device, data.x), stillness(device, data.stillness);
  const DeviceArray<float> moments(device, std::array{moment});
  const Poisoned y(device, data.x.size() * sizeof(float));
  const std::vector<std::byte> last = to_storage(data.last, Storage::f32);
  if (with_last) device.upload(y.data(), last.data(), last.size());
  rung.launch(problem, {x.data(), stillness.data(), moments.data(), reinterpret_cast<float*>(y.data())},
              device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("blend: every rung against the reference") {
  NEED_DEVICE();
  for (const test::BlendCase& c : problems(test::kBlendCases)) {
    CAPTURE(c.h, c.w, c.rows, c.columns, c.share);
    const BlendProblem problem{.h = c.h, .w = c.w, .rows = c.rows, .columns = c.columns, .share = c.share};
    const test::BlendData data = test::blend_data(c);
    const std::vector<double> expected = blend_reference(problem, data.x, data.stillness, data.last);
    for (const BlendRung& rung : blend_rungs()) {
      INFO(rung.name);
      std::vector<std::byte> first;
      for (const int number : device_numbers()) {
        Device device(number);
        const std::vector<std::byte> bytes = run(device, rung, problem, data, 1, true);
        if (first.empty()) {
          first = bytes;
          check_close(from_storage(bytes, Storage::f32), expected, std::vector<double>(expected.size(), 2e-4));
        }
        CHECK(bytes == first);
        // What y was before a cut, here NaN, is forgotten.
        CHECK(run(device, rung, problem, data, 0, false) == to_storage(data.x, Storage::f32));
      }
    }
  }
}

TEST_CASE("blend: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const BlendRung& rung : blend_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768}, {}, device.stream()), Catch::Contains("y has 3221225472"));
  }
  const DeviceArray<std::byte> memory(device, std::vector<std::byte>(64));
  auto* const y = reinterpret_cast<float*>(memory.data() + 8);
  CHECK_THROWS_WITH(choose_blend({}).launch({}, {.y = y}, device.stream()), Catch::Contains("not a multiple of 16"));
}

}  // namespace impasto::IMPASTO_TARGET
