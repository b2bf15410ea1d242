// Stillness through the engine on any backend, against the reference of its ladder.
#pragma once

#include "kernels/stillness/stillness.h"
#include "runtime/engine.h"
#include "tests/cases/stillness.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::test {

inline std::vector<double> run_stillness(Backend& backend, int h, int w, const FramePair& frames) {
  Graph graph;
  const TensorId now = graph.input("now", {1, h, w, 3}, DType::u8);
  const TensorId before = graph.input("before", {1, h, w, 3}, DType::u8);
  const TensorId out = graph.append("stillness", Stillness{}, {now, before});
  graph.output(out);
  Engine engine(graph, backend);
  std::vector<double> values;
  for (int run = 0; run < 2; ++run) {
    std::memcpy(engine.host(now).data(), frames.now.data(), frames.now.size());
    std::memcpy(engine.host(before).data(), frames.before.data(), frames.before.size());
    engine.run();
    const std::vector<double> again = from_bytes(engine.host(out), DType::f32);
    if (run == 1) CHECK(again == values);
    values = again;
  }
  return values;
}

// `reference` is stillness_reference of the target's namespace. Between 0 and 1 a quotient of floats has been divided
// by the width of a ramp, 13 or 60.
template <typename Problem, typename Reference>
void check_stillness(Backend& backend, const Reference& reference) {
  for (const StillnessCase& c : test::problems(kStillnessCases)) {
    CAPTURE(c.h, c.w, c.noise, c.object, c.contrast, c.checkered);
    const FramePair frames = frames_of(c);
    require_close(run_stillness(backend, c.h, c.w, frames),
                  reference(Problem{.h = c.h, .w = c.w}, frames.now, frames.before), [](std::size_t) { return 2e-6; });
  }
}

}  // namespace impasto::test
