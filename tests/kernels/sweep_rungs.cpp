// Every rung of sweep against the reference in double, over the runs of a video: no byte outside y and the memory is
// touched, every value is written, a second run and another order of execution give the same bits.
#include "kernels/sweep/sweep.h"
#include "tests/cases/sweep.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct SweepRuns {
  std::vector<std::vector<std::byte>> y;
  std::vector<std::byte> memory;  // after the last run
};

SweepRuns run_rung(const SweepRung& rung, Device& device, const test::SweepCase& c) {
  const SweepProblem problem{.rows = c.rows, .columns = c.columns};
  const auto cells = static_cast<std::size_t>(problem.cells());
  const Poisoned memory(device, 4 * cells * sizeof(float)), work(device, rung.workspace_bytes(problem));
  SweepRuns runs;
  for (int run = 0; run < test::kSweepRuns; ++run) {
    const test::SweepFrame frame = test::sweep_frame(c, run);
    const DeviceArray<float> still(device, frame.still), colours(device, frame.colours);
    const DeviceArray<float> continues(device, std::vector<float>{frame.continues ? 1.0F : 0.0F});
    const Poisoned y(device, cells * sizeof(float));
    rung.launch(problem,
                {.still = still.data(),
                 .colours = colours.data(),
                 .continues = continues.data(),
                 .memory = reinterpret_cast<float*>(memory.data()),
                 .y = reinterpret_cast<float*>(y.data()),
                 .workspace = work.data()},
                device.stream());
    device.synchronise();
    runs.y.push_back(y.download());
  }
  runs.memory = memory.download();
  static_cast<void>(work.download());
  return runs;
}

}  // namespace

TEST_CASE("sweep: every rung against the reference") {
  NEED_DEVICE();
  for (const test::SweepCase& c : problems(test::kSweepCases)) {
    CAPTURE(c.rows, c.columns, c.side, c.start, c.every, c.stops, c.cut, c.noise, c.fades);
    const SweepProblem problem{.rows = c.rows, .columns = c.columns};
    for (const SweepRung& rung : sweep_rungs()) {
      INFO(rung.name);
      std::vector<double> memory(4 * static_cast<std::size_t>(problem.cells()));
      Device device;
      const SweepRuns runs = run_rung(rung, device, c);
      for (int run = 0; run < test::kSweepRuns; ++run) {
        CAPTURE(run);
        const test::SweepFrame frame = test::sweep_frame(c, run);
        const std::vector<double> expected =
            sweep_reference(problem, frame.still, frame.colours, frame.continues, memory);
        check_close(from_storage(runs.y[static_cast<std::size_t>(run)], Storage::f32), expected,
                    std::vector<double>(expected.size(), 1e-6));
      }
      check_close(from_storage(runs.memory, Storage::f32), memory, std::vector<double>(memory.size(), 1e-3));
      for (const int number : device_numbers()) {
        Device other(number);
        const SweepRuns again = run_rung(rung, other, c);
        CHECK(again.y == runs.y);
        CHECK(again.memory == runs.memory);
      }
    }
  }
}

TEST_CASE("sweep: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const SweepRung& rung : sweep_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.rows = 32768, .columns = 16384}, {}, device.stream()),
                      Catch::Contains("the memory has 2147483648"));
  }
}

}  // namespace impasto::IMPASTO_TARGET
