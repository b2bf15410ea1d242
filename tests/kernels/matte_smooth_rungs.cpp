// Every rung of kernels/matte_smooth against the reference in double: no byte outside y is touched, every value of y is
// written, a second run and another order of execution give the same bits.
#include "kernels/matte_smooth/matte_smooth.h"
#include "tests/cases/matte_smooth.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

MatteSmoothProblem problem_of(const test::MatteSmoothCase& c) {
  return {.h = c.h, .w = c.w, .frame_h = c.frame_h, .frame_w = c.frame_w, .strength = c.strength};
}

std::vector<std::byte> run(Device& device, const MatteSmoothRung& rung, const test::MatteSmoothCase& c,
                           const test::MatteSmoothData& data) {
  const auto upload = [&](const reference::Map& map) {
    return DeviceArray<float>(device, std::vector<float>(map.v.begin(), map.v.end()));
  };
  const auto before = upload(data.before), now = upload(data.now), after = upload(data.after);
  const auto still_before = upload(data.still_before), still_after = upload(data.still_after);
  const auto moment = upload(data.moment);
  const Poisoned y(device, data.now.v.size() * sizeof(float));
  rung.launch(problem_of(c),
              {.before = before.data(),
               .now = now.data(),
               .after = after.data(),
               .still_before = still_before.data(),
               .still_after = still_after.data(),
               .moment = moment.data(),
               .y = reinterpret_cast<float*>(y.data())},
              device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("matte_smooth: every rung against the reference, with the same bits") {
  NEED_DEVICE();
  for (const test::MatteSmoothCase& c : test::problems(test::kMatteSmoothCases)) {
    const test::MatteSmoothData data(c);
    const std::vector<double> expected = data.expected(c).v;
    const std::vector<double> limits(expected.size(), 1e-4);
    std::vector<std::byte> first;
    for (const int number : device_numbers()) {
      Device device(number);
      for (const MatteSmoothRung& rung : matte_smooth_rungs()) {
        INFO(rung.name << ", " << c.h << " x " << c.w);
        CHECK(rung.workspace_bytes(problem_of(c)) == 0);
        const std::vector<std::byte> bytes = run(device, rung, c, data);
        check_close(from_storage(bytes, Storage::f32), expected, limits);
        if (first.empty()) first = bytes;
        CHECK(bytes == first);
      }
    }
  }
}

TEST_CASE("matte_smooth: what launchers refuse, and what runs") {
  NEED_DEVICE();
  Device device;
  const MatteSmoothProblem large{.h = 65536, .w = 32768};
  CHECK_THROWS_WITH(choose_matte_smooth(large).launch(large, {}, device.stream()),
                    Catch::Contains("y has 2147483648 elements"));
  const DeviceArray<float> x(device, std::vector<float>(8));
  CHECK_THROWS_WITH(matte_smooth_v2_launch({1, 4}, {.before = x.data() + 1, .y = x.data() + 4}, device.stream()),
                    Catch::Contains("not a multiple of 16"));
  CHECK(choose_matte_smooth({144, 256}).name == "matte_smooth_v2_vectors");
}

// For the counters in kernels/matte_smooth/README.md: the selfie net's matte of a frame of 1280x720.
TEST_CASE("counters: one launch of each rung of kernels/matte_smooth", "[.counters]") {
  NEED_DEVICE();
  Device device;
  const test::MatteSmoothCase c{256, 256, 720, 1280, 0.5F};
  const test::MatteSmoothData data(c);
  for (const MatteSmoothRung& rung : matte_smooth_rungs()) static_cast<void>(run(device, rung, c, data));
}

}  // namespace impasto::IMPASTO_TARGET
