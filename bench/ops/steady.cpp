#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "kernels/blend/blend.h"
#include "kernels/stillness/stillness.h"
#include "kernels/sweep/sweep.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct StillnessLadder {
  using Problem = StillnessProblem;
  using Rung = StillnessRung;
  static constexpr std::string_view name = "stillness";
  static constexpr std::string_view sizes = "h=1 w=1";
  static constexpr bench::NamedProblem problems[] = {
      {"720p", "h=720 w=1280"}, {"1080p", "h=1080 w=1920"}, {"small", "h=35 w=45"}};

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w")});
    return {.h = at("h"), .w = at("w")};
  }
  static auto rungs() { return stillness_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_stillness(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static StillnessArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t values = static_cast<std::size_t>(d.h) * d.w * 3;
    const std::size_t cells = static_cast<std::size_t>(d.rows()) * d.columns();
    StillnessArgs args;
    // Noise that stands still: or all of y would be 0.
    args.now = static_cast<const std::uint8_t*>(memory.codes(values, 1, 20));
    args.before = static_cast<const std::uint8_t*>(memory.codes(values, 1, 20));
    args.y = static_cast<float*>(memory.output(cells, Storage::f32));
    return args;
  }
};

struct BlendLadder {
  using Problem = BlendProblem;
  using Rung = BlendRung;
  static constexpr std::string_view name = "blend";
  static constexpr std::string_view sizes = "h=1 w=1";
  static constexpr bench::NamedProblem problems[] = {
      {"720p", "h=720 w=1280"}, {"1080p", "h=1080 w=1920"}, {"small", "h=35 w=45"}};

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w")});
    return {.h = at("h"),
            .w = at("w"),
            .rows = blocks_for(at("h"), kBlendCell),
            .columns = blocks_for(at("w"), kBlendCell)};
  }
  static auto rungs() { return blend_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_blend(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static BlendArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t values = static_cast<std::size_t>(d.h) * d.w * 3;
    BlendArgs args;
    args.x = memory.floats(values, 0, 255);
    args.stillness = memory.floats(static_cast<std::size_t>(d.rows) * d.columns, 0, 1);
    // 0: what the output was, NaN at first, does not count, as where the frame moves.
    args.moment = memory.floats(1, 0, 0);
    args.y = static_cast<float*>(memory.output(values, Storage::f32));
    return args;
  }
};

struct SweepLadder {
  using Problem = SweepProblem;
  using Rung = SweepRung;
  static constexpr std::string_view name = "sweep";
  static constexpr std::string_view sizes = "rows=1 columns=1";
  static constexpr bench::NamedProblem problems[] = {
      {"720p", "rows=90 columns=160"}, {"1080p", "rows=135 columns=240"}, {"small", "rows=5 columns=6"}};

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("rows"), at("columns")});
    return {.rows = at("rows"), .columns = at("columns")};
  }
  static auto rungs() { return sweep_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_sweep(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static SweepArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const auto cells = static_cast<std::size_t>(d.cells());
    SweepArgs args;
    args.still = memory.floats(cells, 0, 1);
    args.colours = memory.floats(3 * cells, 0, 255);
    // 0: a scene's first run, since the memory is NaN at first.
    args.continues = memory.floats(1, 0, 0);
    args.memory = static_cast<float*>(memory.output(4 * cells, Storage::f32));
    args.y = static_cast<float*>(memory.output(cells, Storage::f32));
    args.workspace = static_cast<std::byte*>(memory.workspace(rung.workspace_bytes(d)));
    return args;
  }
};

}  // namespace

bench::OpBench sweep_bench() {
  return op_bench<SweepLadder>();
}
bench::OpBench blend_bench() {
  return op_bench<BlendLadder>();
}
bench::OpBench stillness_bench() {
  return op_bench<StillnessLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
