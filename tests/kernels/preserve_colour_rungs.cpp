// Every rung of preserve_colour against the reference in double: no byte outside y is touched, every value is written,
// a second run and another order of execution give the same bits.
#include "kernels/preserve_colour/preserve_colour.h"
#include "tests/cases/preserve_colour.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  PreserveColourProblem problem;
  std::vector<float> painted, frame;
};

// Paint partly outside 0..255; pixels of the frame that are grey, black, white and saturated among others.
Data make_data(const PreserveColourProblem& d) {
  Data data{d, test::random_floats(static_cast<std::size_t>(d.h) * d.painted_w * 3, 1),
            test::random_floats(static_cast<std::size_t>(d.h) * d.w * 3, 2)};
  for (float& v : data.painted) v = (127 + 160 * v) / d.scale;
  for (std::size_t i = 0; i < data.frame.size(); ++i) {
    float& v = data.frame[i];
    v = std::floor(128 + 127.9F * v);
    if (i / 3 % 5 == 1) v = data.frame[i / 3 * 3];
    if (i / 3 % 7 == 2) v = i % 2 == 0 ? 0 : 255;
    if (i / 3 % 11 == 3) v = i / 3 % 2 == 0 ? 0 : 255;
  }
  return data;
}

std::vector<std::byte> run(Device& device, const PreserveColourRung& rung, const Data& data) {
  const DeviceArray<float> painted(device, data.painted);
  const DeviceArray<std::uint8_t> frame(device, std::vector<std::uint8_t>(data.frame.begin(), data.frame.end()));
  const Poisoned y(device, data.frame.size() * sizeof(float));
  rung.launch(data.problem, {.painted = painted.data(), .frame = frame.data(), .y = reinterpret_cast<float*>(y.data())},
              device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("preserve_colour: every rung against the reference") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const PreserveColourCase& c : kPreserveColourCases) {
      const Data data = make_data(c.problem);
      const std::vector<double> expected = preserve_colour_reference(data.problem, data.painted, data.frame);
      // A luma is off by some roundings of 255, and so is t c, which stays below 255 too.
      const std::vector<double> limits(expected.size(), 2e-4);
      for (const PreserveColourRung& rung : preserve_colour_rungs()) {
        INFO(rung.name << ", " << c.name);
        const std::vector<std::byte> bytes = run(device, rung, data);
        check_close(from_storage(bytes, Storage::f32), expected, limits);
        CHECK(run(device, rung, data) == bytes);
      }
    }
  }
}

TEST_CASE("preserve_colour: paint that is no number is black") {
  NEED_DEVICE();
  Device device;
  Data data = make_data({.h = 2, .w = 6, .painted_w = 6});
  std::fill(data.painted.begin(), data.painted.end(), std::nanf(""));
  const std::vector<double> zeros(data.frame.size()), limits(data.frame.size(), 2e-4);
  for (const PreserveColourRung& rung : preserve_colour_rungs()) {
    INFO(rung.name);
    check_close(from_storage(run(device, rung, data), Storage::f32), zeros, limits);
  }
}

TEST_CASE("preserve_colour: what launchers refuse") {
  NEED_DEVICE();
  Device device;
  for (const PreserveColourRung& rung : preserve_colour_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768, .painted_w = 32768}, {}, device.stream()),
                      Catch::Contains("the painted picture has 3221225472 elements"));
  }
}

// For the counters in kernels/preserve_colour/README.md: 64 rows of a frame of 1920.
TEST_CASE("counters: one launch of each rung of preserve_colour", "[.counters]") {
  NEED_DEVICE();
  Device device;
  const Data data = make_data({.h = 64, .w = 1920, .painted_w = 1920});
  for (const PreserveColourRung& rung : preserve_colour_rungs()) static_cast<void>(run(device, rung, data));
}

}  // namespace impasto::IMPASTO_TARGET
