// Every rung of portrait_input against the reference in double, in both storages: no byte outside y is touched, every
// value of y is written, a second run and another order of execution give the same bits.
#include "kernels/portrait_input/portrait_input.h"
#include "tests/cases/portrait_input.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Inputs {
  Inputs(const PortraitInputProblem& d, const test::PortraitInputCase& c) {
    for (const float value : test::random_floats(static_cast<std::size_t>(d.h) * d.w * 3, 5)) {
      rgb.push_back(d.float_rgb ? 127.5F * (value + 1) : std::floor(127.5F * (value + 1)));
    }
    mask = test::random_floats(static_cast<std::size_t>(d.mask_h) * d.mask_w, 6);
    std::memcpy(&face, c.face.data(), sizeof face);
  }
  [[nodiscard]] std::vector<std::byte> rgb_bytes(bool as_floats) const {
    if (as_floats) return to_storage(rgb, Storage::f32);
    std::vector<std::byte> bytes;
    for (const float value : rgb) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
  }
  std::vector<float> rgb;
  std::vector<float> mask;
  FacePlace face{};
};

PortraitInputProblem problem_of(const test::PortraitInputCase& c, Storage storage, bool float_rgb) {
  return {.h = c.h,
          .w = c.w,
          .mask_h = c.mask_h,
          .mask_w = c.mask_w,
          .scale = 1.0F / 255,
          .mean = {104.008F, 116.669F, 122.675F},
          .centre_x = 3,
          .centre_y = -2,
          .reach = 600,
          .float_rgb = float_rgb,
          .storage = storage};
}

// u and v lose up to three roundings of their largest term; a pixel of the mask apart, its values differ by 2 at most.
std::vector<double> limits(const PortraitInputProblem& d, const FacePlace& face, const std::vector<double>& expected) {
  double place = 0;
  for (int i = 0; i < 6; i += 3) {
    const double reached = static_cast<double>(std::abs(face.a[i])) * d.w +
                           static_cast<double>(std::abs(face.a[i + 1])) * d.h +
                           static_cast<double>(std::abs(face.a[i + 2]));
    place = std::max(place, std::min(reached, 1e6));
  }
  std::vector<double> list;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool of_face = d.mask_h > 0 && i % 6 >= 3;
    const double store = (d.storage == Storage::f16 ? 0x1p-11 : 0x1p-23) * std::abs(expected[i]) + 0x1p-24;
    list.push_back(store + (of_face ? 12 * 0x1p-24 * place + 0x1p-21 : 0));
  }
  return list;
}

}  // namespace

TEST_CASE("portrait_input: every rung against the reference") {
  NEED_DEVICE();
  for (const test::PortraitInputCase& c : problems(test::kPortraitInputCases)) {
    for (const auto& [storage, float_rgb] :
         {std::pair{Storage::f32, false}, {Storage::f16, false}, {Storage::f16, true}}) {
      CAPTURE(c.h, c.w, c.mask_h, c.mask_w, storage == Storage::f16, float_rgb);
      const PortraitInputProblem problem = problem_of(c, storage, float_rgb);
      const Inputs in(problem, c);
      const std::vector<double> expected = portrait_input_reference(problem, in.rgb, in.face, in.mask);
      for (const PortraitInputRung& rung : portrait_input_rungs()) {
        INFO(rung.name);
        std::vector<std::byte> first;
        for (const int number : device_numbers()) {
          Device device(number);
          const DeviceArray<std::byte> rgb(device, in.rgb_bytes(problem.float_rgb));
          const DeviceArray<FacePlace> face(device, std::span(&in.face, 1));
          const DeviceArray<float> mask(device, in.mask);
          for (int run = first.empty() ? 0 : 1; run < 2; ++run) {
            const Poisoned y(device, expected.size() * size_of(storage));
            rung.launch(problem, {rgb.data(), face.data(), mask.data(), y.data()}, device.stream());
            device.synchronise();
            const std::vector<std::byte> bytes = y.download();
            if (first.empty()) {
              first = bytes;
              check_close(from_storage(bytes, storage), expected, limits(problem, in.face, expected));
            }
            CHECK(bytes == first);
          }
        }
      }
    }
  }
}

TEST_CASE("portrait_input: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const PortraitInputRung& rung : portrait_input_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768}, {}, device.stream()), Catch::Contains("y has 3221225472"));
  }
  const DeviceArray<std::byte> memory(device, std::vector<std::byte>(64));
  const PortraitInputProblem problem{.h = 2, .w = 2};
  CHECK_THROWS_WITH(choose_portrait_input(problem).launch(problem, {.y = memory.data() + 8}, device.stream()),
                    Catch::Contains("not a multiple of 16"));
}

}  // namespace impasto::IMPASTO_TARGET
