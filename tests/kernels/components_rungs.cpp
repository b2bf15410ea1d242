// Every rung of kernels/components against the reference: no byte outside y and the workspace is touched, every value
// of y is written, all rungs, runs and orders of execution give the same bits.
#include "kernels/components/matte_components.h"
#include "tests/cases/components.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

std::vector<std::byte> run(Device& device, const MatteComponentsRung& rung, const MatteComponentsProblem& problem,
                           const std::vector<float>& x) {
  const DeviceArray<float> input(device, x);
  const Poisoned y(device, x.size() * sizeof(float));
  const Poisoned workspace(device, rung.workspace_bytes(problem));
  rung.launch(problem, {.x = input.data(), .y = reinterpret_cast<float*>(y.data()), .workspace = workspace.data()},
              device.stream());
  device.synchronise();
  static_cast<void>(workspace.download());
  return y.download();
}

void check_rungs(const test::MattePicture& m, const MatteComponentsProblem& problem) {
  const std::vector<double> expected = matte_components_reference(problem, std::vector<double>(m.v.begin(), m.v.end()));
  for (const int number : device_numbers()) {
    Device device(number);
    for (const MatteComponentsRung& rung : matte_components_rungs()) {
      if (!rung.supports(problem)) continue;
      INFO(rung.name << ", " << problem.h << " x " << problem.w << ", holes " << problem.holes << ", "
                     << problem.min_area);
      const std::vector<float> y = from_storage(run(device, rung, problem, m.v), Storage::f32);
      CHECK(std::vector<double>(y.begin(), y.end()) == expected);
    }
  }
}

}  // namespace

TEST_CASE("matte_components: every rung is the reference") {
  NEED_DEVICE();
  const std::vector<test::MattePicture> pictures = test::component_pictures();
  for (std::size_t i = 0; i < pictures.size(); i += test::kEvery) {
    const test::MattePicture& m = pictures[i];
    check_rungs(m, {m.h, m.w, true, 0});
    check_rungs(m, {m.h, m.w, false, test::kComponentAreas[i % std::size(test::kComponentAreas)]});
  }
}

TEST_CASE("matte_components: what launchers refuse, and what runs") {
  NEED_DEVICE();
  Device device;
  const MatteComponentsProblem large{65536, 32768};
  for (const MatteComponentsRung& rung : matte_components_rungs()) {
    CHECK_THROWS_WITH(rung.launch(large, {}, device.stream()), Catch::Contains("x has 2147483648 elements"));
  }
  CHECK(choose_matte_components({720, 1280}).name == "matte_components_v3_runs");
  CHECK(choose_matte_components({720, 5}).name == "matte_components_v2_union_find");
}

// For the counters in kernels/components/README.md: people, blotches and holes.
TEST_CASE("counters: one launch of each rung of kernels/components", "[.counters]") {
  NEED_DEVICE();
  Device device;
  const test::MattePicture m = test::people(180, 320);
  for (const MatteComponentsRung& rung : matte_components_rungs()) {
    static_cast<void>(run(device, rung, {m.h, m.w, false, 0.003F}, m.v));
  }
}

}  // namespace impasto::IMPASTO_TARGET
