#include "kernels/preserve_colour/preserve_colour.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct PreserveColourLadder {
  using Problem = PreserveColourProblem;
  using Rung = PreserveColourRung;
  static constexpr std::string_view name = "preserve_colour";
  static constexpr std::string_view sizes = "h=1 w=1";
  static constexpr bench::NamedProblem problems[] = {
      {"1080p", "h=1080 w=1920"},
      {"odd", "h=719 w=1279"},
      {"small", "h=68 w=120"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w")});
    return {.h = at("h"), .w = at("w"), .painted_w = at("w")};
  }
  static auto rungs() { return preserve_colour_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_preserve_colour(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static PreserveColourArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t samples = 3 * static_cast<std::size_t>(d.h) * d.w;
    PreserveColourArgs args;
    args.painted = memory.floats(samples, 0, 255);
    args.frame = static_cast<const std::uint8_t*>(memory.codes(samples, 1, 255));
    args.y = static_cast<float*>(memory.output(samples, Storage::f32));
    return args;
  }
};

}  // namespace

bench::OpBench preserve_colour_bench() {
  return op_bench<PreserveColourLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
