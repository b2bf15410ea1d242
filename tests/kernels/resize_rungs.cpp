// Every rung of resize against the reference in double, in every mode and element type: no byte outside y is touched,
// every value of y is written, a second run and another order of execution give the same bits. Whole numbers are exact.
#include "kernels/resize/resize.h"
#include "tests/cases/resize.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Element {
  ResizeMode mode;
  int value_bytes;
  bool whole;  // x is 0..255
};
constexpr Element kElements[] = {{ResizeMode::nearest, 1, true},   {ResizeMode::nearest, 2, false},
                                 {ResizeMode::nearest, 4, false},  {ResizeMode::bilinear, 2, false},
                                 {ResizeMode::bilinear, 4, false}, {ResizeMode::bilinear_shiftless, 1, true},
                                 {ResizeMode::area, 1, true}};

std::vector<std::byte> to_bytes(std::span<const float> values, int value_bytes) {
  if (value_bytes != 1) return to_storage(values, value_bytes == 2 ? Storage::f16 : Storage::f32);
  std::vector<std::byte> bytes;
  for (const float v : values) bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}
std::vector<float> from_bytes(std::span<const std::byte> bytes, int value_bytes) {
  if (value_bytes != 1) return from_storage(bytes, value_bytes == 2 ? Storage::f16 : Storage::f32);
  std::vector<float> values;
  for (const std::byte b : bytes) values.push_back(static_cast<float>(std::to_integer<int>(b)));
  return values;
}

std::vector<std::byte> run(Device& device, const ResizeRung& rung, const ResizeProblem& d,
                           const std::vector<std::byte>& bytes) {
  const DeviceArray<std::byte> x(device, bytes);
  const Poisoned y(device, static_cast<std::size_t>(d.n) * d.p * d.q * d.c * d.y_value_bytes());
  REQUIRE(rung.workspace_bytes(d) == 0);
  rung.launch(d, {.x = x.data(), .y = y.data()}, device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("resize: every rung against the reference, in any order of execution") {
  NEED_DEVICE();
  for (const Element& element : kElements) {
    for (const test::ResizeCase& c : test::problems(test::kResizeCases)) {
      const int pictures = c.h == 7 ? 2 : 1;
      ResizeProblem d{.n = pictures, .h = c.h, .w = c.w, .c = c.c, .p = c.out_h, .q = c.out_w, .mode = element.mode};
      d.value_bytes = element.value_bytes;
      const Storage storage = element.value_bytes == 2 ? Storage::f16 : Storage::f32;
      std::vector<float> x = random_values(static_cast<std::size_t>(d.n) * d.h * d.w * d.c, 1, storage);
      for (float& v : x) v = element.whole ? std::floor((v + 1) * 127.999F) : v;
      const std::vector<std::byte> bytes = to_bytes(x, element.value_bytes);
      const std::vector<double> expected = resize_reference(d, x);
      // Float arithmetic on values up to 1, or up to 255 in sums of an area; then the storage.
      const bool exact = d.mode == ResizeMode::nearest || d.mode == ResizeMode::bilinear_shiftless;
      std::vector<double> limits(expected.size(), 0.0);
      for (std::size_t i = 0; i < limits.size() && !exact; ++i) {
        limits[i] = d.mode == ResizeMode::area ? 255 * 64 * 0x1p-24 : 8 * 0x1p-24;
        if (storage == Storage::f16) limits[i] += 0x1p-11 * std::abs(expected[i]) + 0x1p-25;
      }
      for (const ResizeRung& rung : resize_rungs()) {
        if (!rung.supports(d)) continue;
        INFO(rung.name << ", mode " << static_cast<int>(d.mode) << ", " << d.value_bytes << " bytes, " << d.h << "x"
                       << d.w << "x" << d.c << " to " << d.p << "x" << d.q);
        std::vector<std::byte> first;
        for (const int number : device_numbers()) {
          Device device(number);
          const std::vector<std::byte> y = run(device, rung, d, bytes);
          if (first.empty()) {
            first = y;
            check_close(from_bytes(y, d.y_value_bytes()), expected, limits);
            CHECK(run(device, rung, d, bytes) == y);
          }
          CHECK(y == first);
        }
      }
    }
  }
}

TEST_CASE("resize: half way between two steps the shiftless positions fall as OpenCV's") {
  NEED_DEVICE();
  Device device;
  // Rows of every size onto the net's, and a few others: a position is 1/32 off in many of them if it is computed
  // otherwise.
  for (const int out : {256, 144, 37}) {
    for (int in = 1; in < 1300; in += 53) {
      const ResizeProblem d{
          .h = 2, .w = in, .p = 1, .q = out, .mode = ResizeMode::bilinear_shiftless, .value_bytes = 1};
      std::vector<float> x = test::random_floats(static_cast<std::size_t>(2 * in), 7);
      for (float& v : x) v = std::floor((v + 1) * 127.999F);
      const std::vector<double> expected = resize_reference(d, x);
      const std::vector<float> y = from_bytes(run(device, choose_resize(d), d, to_bytes(x, 1)), 1);
      INFO(in << " to " << out);
      check_close(y, expected, std::vector<double>(expected.size(), 0.0));
    }
  }
}

TEST_CASE("resize: a letterbox is the picture, and zeros beside it") {
  NEED_DEVICE();
  Device device;
  for (const test::LetterboxCase& c : test::problems(test::kLetterboxCases)) {
    ResizeProblem d{.n = 2, .h = c.h, .w = c.w, .c = 3, .p = c.side, .q = c.side};
    d.mode = ResizeMode::bilinear_shiftless;
    d.letterbox = true;
    d.value_bytes = 1;
    std::vector<float> x = test::random_floats(static_cast<std::size_t>(d.n) * d.h * d.w * d.c, 7);
    for (float& v : x) v = std::floor((v + 1) * 127.999F);
    const std::vector<double> expected = resize_reference(d, x);
    for (const ResizeRung& rung : resize_rungs()) {
      if (!rung.supports(d)) continue;
      INFO(rung.name << ", " << c.h << "x" << c.w << " in " << c.side);
      check_close(from_bytes(run(device, rung, d, to_bytes(x, 1)), 1), expected,
                  std::vector<double>(expected.size(), 0.0));
    }
  }
}

TEST_CASE("resize: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const ResizeRung& rung : resize_rungs()) {
    const auto launch = [&](const ResizeProblem& d) { rung.launch(d, {}, device.stream()); };
    CHECK_THROWS_WITH(launch({.h = 1, .w = 1, .c = 16, .p = 32768, .q = 4096}),
                      Catch::Contains("y has 2147483648 elements"));
    CHECK_THROWS_WITH(launch({.h = 32768, .w = 1, .c = 16, .p = 32768, .q = 1}), Catch::Contains("2 H P"));
  }
  const ResizeProblem d{.c = 4, .mode = ResizeMode::bilinear};
  const DeviceArray<std::byte> memory(device, std::vector<std::byte>(64));
  CHECK_THROWS_WITH(choose_resize(d).launch(d, {.x = memory.data() + 8}, device.stream()),
                    Catch::Contains("resize_v2_vectors") && Catch::Contains("not a multiple of 16"));
}

}  // namespace impasto::IMPASTO_TARGET
