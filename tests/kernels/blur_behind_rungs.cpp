// Every rung of blur_behind against the reference in double: no byte outside y and the workspace is touched, every
// value is written, all rungs, a second run and another order of execution give the same bits.
#include "kernels/matte/blur_behind.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  BlurBehindProblem problem;
  std::vector<float> matte;  // with stretches of exactly 0 and 1, and values outside
  std::vector<std::uint8_t> picture;
};

Data make_data(const BlurBehindProblem& d) {
  const auto pixels = static_cast<std::size_t>(d.h * d.w);
  Data data{d, test::random_floats(pixels, 1), {}};
  for (float& v : data.matte) v = 0.5F + 0.6F * v;
  std::fill_n(data.matte.begin(), pixels / 3, 1.0F);
  std::fill_n(data.matte.rbegin(), pixels / 4, 0.0F);
  for (const float v : test::random_floats(3 * pixels, 2)) {
    data.picture.push_back(static_cast<std::uint8_t>(128 + 127 * v));
  }
  return data;
}

std::vector<std::byte> run(Device& device, const BlurBehindRung& rung, const Data& data) {
  const DeviceArray<float> matte(device, data.matte);
  const DeviceArray<std::uint8_t> picture(device, data.picture);
  const Poisoned y(device, data.picture.size());
  const Poisoned workspace(device, rung.workspace_bytes(data.problem));
  rung.launch(data.problem,
              {.picture = picture.data(),
               .matte = matte.data(),
               .y = reinterpret_cast<std::uint8_t*>(y.data()),
               .workspace = workspace.data()},
              device.stream());
  device.synchronise();
  static_cast<void>(workspace.download());
  return y.download();
}

}  // namespace

TEST_CASE("blur_behind: every rung against the reference, with the same bits") {
  NEED_DEVICE();
  for (const BlurBehindProblem& problem :
       {BlurBehindProblem{1, 1, 5}, BlurBehindProblem{35, 17, 0}, BlurBehindProblem{33, 65, 2.5F},
        BlurBehindProblem{5, 18, 40}, BlurBehindProblem{40, 131, 13.3F}, BlurBehindProblem{3, 80, 115}}) {
    const Data data = make_data(problem);
    std::vector<double> expected =
        blur_behind_reference(problem, std::vector<double>(data.picture.begin(), data.picture.end()),
                              std::vector<double>(data.matte.begin(), data.matte.end()));
    std::vector<std::byte> first;
    for (const int number : device_numbers()) {
      Device device(number);
      for (const BlurBehindRung& rung : blur_behind_rungs()) {
        INFO(rung.name << ", " << problem.h << " x " << problem.w << ", " << problem.radius);
        const std::vector<std::byte> bytes = run(device, rung, data);
        if (first.empty()) first = bytes;
        CHECK(bytes == first);
        CHECK(run(device, rung, data) == bytes);
      }
    }
    // Rounding, and 2^-24 of values that are 2^-8 at least.
    std::vector<float> values;
    for (const std::byte b : first) values.push_back(static_cast<float>(std::to_integer<int>(b)));
    check_close(values, expected, std::vector<double>(values.size(), 0.55));
  }
}

TEST_CASE("blur_behind: what launchers refuse, and what runs") {
  NEED_DEVICE();
  Device device;
  const BlurBehindProblem large{32768, 16384, 4};
  CHECK_THROWS_WITH(choose_blur_behind(large).launch(large, {}, device.stream()),
                    Catch::Contains("the picture, weighted, has 2147483648 elements"));
  CHECK(choose_blur_behind({720, 1280, 36}).name == "blur_behind_v2_running_sums");
  CHECK(choose_blur_behind({68, 120, 3}).name == "blur_behind_v1_boxes");
}

// For the counters in kernels/matte/README.md.
TEST_CASE("counters: one launch of each rung of blur_behind", "[.counters]") {
  NEED_DEVICE();
  Device device;
  const Data data = make_data({360, 640, 18});
  for (const BlurBehindRung& rung : blur_behind_rungs()) static_cast<void>(run(device, rung, data));
}

}  // namespace impasto::IMPASTO_TARGET
