// Islands, holes and growth of mattes.
#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "kernels/components/matte_components.h"
#include "kernels/matte/matte_grow.h"

namespace impasto::IMPASTO_TARGET {

namespace {

template <typename Args>
Args matte_args(int h, int w, BenchMemory& memory) {
  const std::size_t pixels = static_cast<std::size_t>(h) * w;
  Args args;
  args.x = memory.floats(pixels, 0, 1);
  args.y = static_cast<float*>(memory.output(pixels, Storage::f32));
  return args;
}

// A matte of noise, the worst there is: bridges at every level.
struct MatteComponentsLadder {
  using Problem = MatteComponentsProblem;
  using Rung = MatteComponentsRung;
  static constexpr std::string_view name = "matte_components";
  static constexpr std::string_view sizes = "h=1 w=1 holes=0 area=3";  // area: in thousandths of the picture
  static constexpr bench::NamedProblem problems[] = {
      {"islands", "h=1080 w=1920"},
      {"holes", "h=1080 w=1920 holes=1"},
      {"small", "h=68 w=120"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("holes") + 1, at("area") + 1});
    return {.h = at("h"), .w = at("w"), .holes = at("holes") > 0, .min_area = 0.001F * static_cast<float>(at("area"))};
  }
  static auto rungs() { return matte_components_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_matte_components(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static MatteComponentsArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    MatteComponentsArgs args = matte_args<MatteComponentsArgs>(d.h, d.w, memory);
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

struct MatteGrowLadder {
  using Problem = MatteGrowProblem;
  using Rung = MatteGrowRung;
  static constexpr std::string_view name = "matte_grow";
  static constexpr std::string_view sizes = "h=1 w=1 radius=1";  // radius: in tenths of a pixel
  static constexpr bench::NamedProblem problems[] = {
      {"1", "h=1080 w=1920 radius=10"},
      {"6", "h=1080 w=1920 radius=60"},
      {"20.5", "h=1080 w=1920 radius=205"},
      {"small", "h=68 w=120 radius=30"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("radius") + 1});
    if (at("radius") > 10000) throw std::invalid_argument("radius is above 10000");
    return {.h = at("h"), .w = at("w"), .radius = 0.1F * static_cast<float>(at("radius"))};
  }
  static auto rungs() { return matte_grow_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_matte_grow(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static MatteGrowArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    MatteGrowArgs args = matte_args<MatteGrowArgs>(d.h, d.w, memory);
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

}  // namespace

bench::OpBench matte_components_bench() {
  return op_bench<MatteComponentsLadder>();
}
bench::OpBench matte_grow_bench() {
  return op_bench<MatteGrowLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
