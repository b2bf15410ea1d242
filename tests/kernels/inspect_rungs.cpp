// Every rung of inspect against the reference, exactly: no byte outside y is touched, another order of execution gives
// the same bits. And the node through the backend.
#include "kernels/inspect/inspect.h"
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/inspect.h"
#include "tests/kernels/inspect_run.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("inspect: every rung finds least, largest and what is no number") {
  NEED_DEVICE();
  for (const Shape& shape : test::kInspectShapes) {
    for (const bool bytes : {false, true}) {
      const std::vector<float> values = test::inspect_values(shape, bytes);
      const InspectProblem problem{.h = shape.h, .w = shape.w, .c = shape.c, .bytes = bytes};
      const std::vector<double> expected = inspect_reference(problem, values);
      CAPTURE(to_string(shape), bytes);
      for (const InspectRung& rung : inspect_rungs()) {
        INFO(rung.name);
        std::vector<std::byte> first;
        for (const int number : device_numbers()) {
          Device device(number);
          const DeviceArray<std::byte> x(device, test::inspect_bytes(values, bytes));
          const Poisoned y(device, expected.size() * sizeof(float));
          const Poisoned workspace(device, rung.workspace_bytes(problem));
          rung.launch(problem, {.x = x.data(), .y = reinterpret_cast<float*>(y.data()), .workspace = workspace.data()},
                      device.stream());
          device.synchronise();
          static_cast<void>(workspace.download());
          const std::vector<std::byte> told = y.download();
          if (first.empty()) {
            first = told;
            const std::vector<float> floats = from_storage(told, Storage::f32);
            CHECK(std::vector<double>(floats.begin(), floats.end()) == expected);
          }
          CHECK(told == first);
        }
      }
    }
  }
}

TEST_CASE("inspect: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  for (const InspectRung& rung : inspect_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 65536}, {}, device.stream()),
                      Catch::Contains("x has 2147483648 elements"));
    CHECK_THROWS_WITH(rung.launch({.c = 4}, {}, device.stream()), Catch::Contains("C is 4, expected 1 or 3"));
  }
}

TEST_CASE("inspect: through the engine on the backend over kernels/") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  test::check_inspect_node(*backend);
}

}  // namespace impasto::IMPASTO_TARGET
