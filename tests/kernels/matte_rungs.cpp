// Every rung of kernels/matte against the references in double: no byte outside y and the workspace is touched, every
// value of y is written, a second run and another order of execution give the same bits.
#include "kernels/matte/guided_filter.h"
#include "kernels/matte/matte_feather.h"
#include "kernels/matte/matte_grow.h"
#include "kernels/matte/matte_threshold.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// Random values in low..high.
std::vector<float> between(float low, float high, std::size_t count, std::uint64_t seed) {
  std::vector<float> values = test::random_floats(count, seed);
  for (float& v : values) v = low + (high - low) * (v + 1) / 2;
  return values;
}

std::vector<double> doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

struct GuidedData {
  GuidedFilterProblem problem;
  std::vector<float> matte, guide_small;
  std::vector<unsigned char> guide;
};

// Sizes that no block divides, widths in fours and not, windows larger than the picture, enlargement and reduction.
const std::vector<GuidedData>& guided_data() {
  static const std::vector<GuidedData> list = [] {
    std::vector<GuidedData> data;
    for (const GuidedFilterProblem& d :
         {GuidedFilterProblem{1, 1, 1, 1, 1, 1e-4F}, GuidedFilterProblem{9, 7, 21, 12, 2, 1e-3F},
          GuidedFilterProblem{16, 23, 40, 61, 5, 1e-2F}, GuidedFilterProblem{17, 33, 8, 9, 3, 1e-3F},
          GuidedFilterProblem{3, 4, 31, 28, 4, 1e-4F}, GuidedFilterProblem{18, 30, 33, 100, 2, 3e-3F},
          GuidedFilterProblem{5, 64, 5, 64, 1, 3e-3F}, GuidedFilterProblem{1, 40, 3, 8, 3, 3e-3F}}) {
      const auto small = static_cast<std::size_t>(d.h * d.w), full = static_cast<std::size_t>(d.full_h * d.full_w);
      GuidedData one{d, between(0, 1, small, 1), between(0, 255, 3 * small, 2), {}};
      for (const float v : between(0, 255, 3 * full, 3)) one.guide.push_back(static_cast<unsigned char>(v));
      data.push_back(one);
    }
    return data;
  }();
  return list;
}

std::vector<std::byte> run(Device& device, const GuidedFilterRung& rung, const GuidedData& d) {
  const DeviceArray<float> matte(device, d.matte);
  const DeviceArray<float> guide_small(device, d.guide_small);
  const DeviceArray<unsigned char> guide(device, d.guide);
  const Poisoned y(device, d.guide.size() / 3 * sizeof(float));
  const Poisoned workspace(device, rung.workspace_bytes(d.problem));
  rung.launch(d.problem,
              {.matte = matte.data(),
               .guide_small = guide_small.data(),
               .guide = guide.data(),
               .y = reinterpret_cast<float*>(y.data()),
               .workspace = workspace.data()},
              device.stream());
  device.synchronise();
  static_cast<void>(workspace.download());
  return y.download();
}

template <typename Rung, typename Problem>
std::vector<std::byte> run(Device& device, const Rung& rung, const Problem& problem, const std::vector<float>& x) {
  const DeviceArray<float> input(device, x);
  const Poisoned y(device, x.size() * sizeof(float));
  const Poisoned workspace(device, rung.workspace_bytes(problem));
  auto* out = reinterpret_cast<float*>(y.data());
  if constexpr (!std::is_same_v<Problem, MatteThresholdProblem>) {
    rung.launch(problem, {.x = input.data(), .y = out, .workspace = workspace.data()}, device.stream());
  } else {
    rung.launch(problem, {.x = input.data(), .y = out}, device.stream());
  }
  device.synchronise();
  static_cast<void>(workspace.download());
  return y.download();
}

}  // namespace

TEST_CASE("guided_filter: every rung against the reference") {
  NEED_DEVICE();
  for (const GuidedData& data : guided_data()) {
    const std::vector<double> expected =
        guided_filter_reference(data.problem, doubles(data.matte), doubles(data.guide_small),
                                std::vector<double>(data.guide.begin(), data.guide.end()));
    // As the cpu device. a is at most 1 / (2 sqrt(eps)) and what cancels in a . I + b some times that.
    const std::vector<double> limits(expected.size(), 2e-5);
    for (const int number : device_numbers()) {
      Device device(number);
      for (const GuidedFilterRung& rung : guided_filter_rungs()) {
        if (!rung.supports(data.problem)) continue;
        INFO(rung.name << ", " << data.problem.full_h << " x " << data.problem.full_w);
        const std::vector<std::byte> bytes = run(device, rung, data);
        check_close(from_storage(bytes, Storage::f32), expected, limits);
        CHECK(run(device, rung, data) == bytes);
      }
    }
  }
}

TEST_CASE("matte_threshold: every rung against the reference") {
  NEED_DEVICE();
  for (const MatteThresholdProblem& problem :
       {MatteThresholdProblem{1, 1, 0.5F, 0.3F}, MatteThresholdProblem{37, 41, 0.5F, 0.5F},
        MatteThresholdProblem{3, 171, 0.2F, 1}, MatteThresholdProblem{32, 32, 0.7F, 0}}) {
    const std::vector<float> x = between(0, 1, static_cast<std::size_t>(problem.h * problem.w), 4);
    std::vector<double> expected;
    for (const float v : x) expected.push_back(matte_threshold_reference(problem, static_cast<double>(v)));
    const std::vector<double> limits(x.size(), 1e-6);
    for (const int number : device_numbers()) {
      Device device(number);
      for (const MatteThresholdRung& rung : matte_threshold_rungs()) {
        INFO(rung.name << ", " << problem.h << " x " << problem.w);
        check_close(from_storage(run(device, rung, problem, x), Storage::f32), expected, limits);
      }
    }
  }
}

TEST_CASE("matte_feather: every rung against the reference, with the same bits") {
  NEED_DEVICE();
  for (const MatteFeatherProblem& problem :
       {MatteFeatherProblem{1, 1, 5}, MatteFeatherProblem{35, 17, 0}, MatteFeatherProblem{33, 65, 2.5F},
        MatteFeatherProblem{5, 18, 40}, MatteFeatherProblem{70, 131, 13.3F}, MatteFeatherProblem{3, 80, 115}}) {
    const std::vector<float> x = between(0, 1, static_cast<std::size_t>(problem.h * problem.w), 5);
    const std::vector<double> expected = matte_feather_reference(problem, doubles(x));
    const std::vector<double> limits(x.size(), 1e-6);
    std::vector<std::byte> first;
    for (const int number : device_numbers()) {
      Device device(number);
      for (const MatteFeatherRung& rung : matte_feather_rungs()) {
        INFO(rung.name << ", " << problem.h << " x " << problem.w << ", " << problem.radius);
        const std::vector<std::byte> bytes = run(device, rung, problem, x);
        check_close(from_storage(bytes, Storage::f32), expected, limits);
        if (first.empty()) first = bytes;
        CHECK(bytes == first);
      }
    }
  }
}

TEST_CASE("matte_grow: every rung against the reference, with the same bits") {
  NEED_DEVICE();
  for (const MatteGrowProblem& problem :
       {MatteGrowProblem{1, 1, 5}, MatteGrowProblem{35, 17, 0}, MatteGrowProblem{33, 65, 2.5F},
        MatteGrowProblem{5, 18, -40}, MatteGrowProblem{40, 71, -7.25F}, MatteGrowProblem{31, 3, 11},
        MatteGrowProblem{1, 80, 0.5F}}) {
    const std::vector<float> x = between(0, 1, static_cast<std::size_t>(problem.h * problem.w), 5);
    const std::vector<double> expected = matte_grow_reference(problem, doubles(x));
    const std::vector<double> limits(x.size(), 1e-6);
    std::vector<std::byte> first;
    for (const int number : device_numbers()) {
      Device device(number);
      for (const MatteGrowRung& rung : matte_grow_rungs()) {
        INFO(rung.name << ", " << problem.h << " x " << problem.w << ", " << problem.radius);
        const std::vector<std::byte> bytes = run(device, rung, problem, x);
        check_close(from_storage(bytes, Storage::f32), expected, limits);
        if (first.empty()) first = bytes;
        CHECK(bytes == first);
      }
    }
  }
}

TEST_CASE("matte: what launchers refuse, and what runs") {
  NEED_DEVICE();
  Device device;
  const GuidedFilterProblem guided{.full_h = 32768, .full_w = 32768};
  CHECK_THROWS_WITH(choose_guided_filter(guided).launch(guided, {}, device.stream()),
                    Catch::Contains("the guide has 3221225472 elements"));
  const MatteFeatherProblem feather{65536, 32768, 4};
  CHECK_THROWS_WITH(choose_matte_feather(feather).launch(feather, {}, device.stream()),
                    Catch::Contains("x has 2147483648 elements"));
  const MatteThresholdProblem threshold{65536, 32768};
  CHECK_THROWS_WITH(choose_matte_threshold(threshold).launch(threshold, {}, device.stream()),
                    Catch::Contains("x has 2147483648 elements"));
  const MatteGrowProblem grow{32768, 32768, 2};
  CHECK_THROWS_WITH(choose_matte_grow(grow).launch(grow, {}, device.stream()),
                    Catch::Contains("the workspace has 2147483648 elements"));
  const DeviceArray<float> x(device, std::vector<float>(8));
  CHECK_THROWS_WITH(matte_threshold_v2_launch({1, 4}, {.x = x.data() + 1, .y = x.data() + 4}, device.stream()),
                    Catch::Contains("not a multiple of 16"));

  CHECK(choose_guided_filter({.full_w = 1920}).name == "guided_filter_v3_vectors");
  CHECK(choose_guided_filter({.full_w = 1919}).name == "guided_filter_v2_separable");
  CHECK(choose_matte_feather({1080, 1920, 20}).name == "matte_feather_v2_running_sums");
  CHECK(choose_matte_feather({144, 256, 4}).name == "matte_feather_v1_naive");
  CHECK(choose_matte_grow({1080, 1920, 0.5F}).name == "matte_grow_v1_naive");
  CHECK(choose_matte_grow({1080, 1920, -3}).name == "matte_grow_v2_windows");
}

// For the counters in kernels/matte/README.md: the matte of the selfie net on a frame of 1920x1080.
TEST_CASE("counters: one launch of each rung of kernels/matte", "[.counters]") {
  NEED_DEVICE();
  Device device;
  constexpr std::size_t kSmall = 144 * 256, kFull = 1080 * 1920;
  const GuidedData guided{{.h = 144, .w = 256, .full_h = 1080, .full_w = 1920},
                          between(0, 1, kSmall, 1),
                          between(0, 255, 3 * kSmall, 2),
                          std::vector<unsigned char>(3 * kFull, 100)};
  for (const GuidedFilterRung& rung : guided_filter_rungs()) static_cast<void>(run(device, rung, guided));
  const std::vector<float> x = between(0, 1, kFull, 3);
  for (const auto& rung : matte_threshold_rungs()) {
    static_cast<void>(run(device, rung, MatteThresholdProblem{1080, 1920, 0.5F, 0.5F}, x));
  }
  for (const auto& rung : matte_grow_rungs()) {
    static_cast<void>(run(device, rung, MatteGrowProblem{1080, 1920, 6}, x));
  }
  for (const auto& rung : matte_feather_rungs()) {
    static_cast<void>(run(device, rung, MatteFeatherProblem{1080, 1920, 12}, x));
  }
}

}  // namespace impasto::IMPASTO_TARGET
