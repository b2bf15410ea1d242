// Sweep through the engine on any backend, against the reference of its ladder.
#pragma once

#include "kernels/sweep/sweep.h"
#include "runtime/engine.h"
#include "tests/cases/sweep.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::test {

// An engine with a node of Sweep, and what it gives run by run.
class SweepRun {
 public:
  SweepRun(Backend& backend, int rows, int columns, int continues = kMomentBefore) : continues_(continues) {
    Graph graph;
    still_ = graph.input("still", {1, rows, columns, 1}, DType::f32);
    colours_ = graph.input("colours", {1, rows, columns, 3}, DType::f32);
    moment_ = graph.input("moment", kMomentShape, DType::f32, true);
    out_ = graph.sweep("sweep", still_, colours_, moment_, {continues});
    graph.output(out_);
    engine_.emplace(std::move(graph), backend);
  }

  std::vector<double> next(const SweepFrame& frame) {
    std::vector<float> moment(4, frame.continues ? 0.0F : 1.0F);  // what is not asked for says the contrary
    moment[static_cast<std::size_t>(continues_)] = frame.continues ? 1.0F : 0.0F;
    set(still_, frame.still);
    set(colours_, frame.colours);
    set(moment_, moment);
    engine_->run();
    return from_bytes(engine_->host(out_), DType::f32);
  }

 private:
  void set(TensorId id, std::span<const float> values) {
    std::memcpy(engine_->host(id).data(), values.data(), values.size_bytes());
  }

  int continues_;
  TensorId still_ = kAbsent, colours_ = kAbsent, moment_ = kAbsent, out_ = kAbsent;
  std::optional<Engine> engine_;
};

// `reference` is sweep_reference of the target's namespace.
template <typename Problem, typename Reference>
void check_sweep(Backend& backend, const Reference& reference) {
  for (const SweepCase& c : kSweepCases) {
    CAPTURE(c.rows, c.columns, c.side, c.start, c.every, c.stops, c.cut, c.noise, c.fades);
    SweepRun sweep(backend, c.rows, c.columns, c.side % 2 == 0 ? kMomentBefore : kMomentAfter);
    std::vector<double> memory(static_cast<std::size_t>(4) * c.rows * c.columns);
    for (int run = 0; run < kSweepRuns; ++run) {
      CAPTURE(run);
      const SweepFrame frame = sweep_frame(c, run);
      require_close(
          sweep.next(frame),
          reference(Problem{.rows = c.rows, .columns = c.columns}, frame.still, frame.colours, frame.continues, memory),
          [](std::size_t) { return 1e-6; });
    }
  }
}

}  // namespace impasto::test
