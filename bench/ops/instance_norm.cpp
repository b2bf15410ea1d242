#include "kernels/instance_norm/instance_norm.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct InstanceNormLadder {
  using Rung = InstanceNormRung;
  static constexpr std::string_view name = "instance_norm";
  struct Problem : InstanceNormProblem {
    bool residual;
  };
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 styles=0 relu=0 residual=0";
  // Of the style nets, for a picture of 1920x1080.
  static constexpr bench::NamedProblem problems[] = {
      {"res", "h=270 w=480 c=128 relu=1"},    {"res add", "h=270 w=480 c=128 residual=1"},
      {"first", "h=1080 w=1920 c=32 relu=1"}, {"styles", "h=270 w=480 c=128 styles=26 relu=1"},
      {"rgb", "h=1080 w=1920 c=3"},           {"small", "h=34 w=45 c=128 relu=1"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h"), at("w"), at("c"), at("styles") + 1});
    return {{.n = at("n"),
             .h = at("h"),
             .w = at("w"),
             .c = at("c"),
             .styles = at("styles"),
             .activation = at("relu") != 0 ? Activation::relu : Activation::none,
             .storage = storage},
            at("residual") != 0};
  }
  static auto rungs() { return instance_norm_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_instance_norm(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static InstanceNormArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t values = static_cast<std::size_t>(d.n) * d.h * d.w * d.c;
    const std::size_t parameters = static_cast<std::size_t>(std::max(1, d.styles)) * d.c;
    InstanceNormArgs args;
    args.x = memory.values(values, d.storage);
    args.parameters.gamma = memory.floats(parameters);
    args.parameters.beta = memory.floats(parameters);
    if (d.styles > 0) args.parameters.style = memory.floats(d.styles);
    if (d.residual) args.residual = memory.values(values, d.storage);
    args.y = memory.output(values, d.y_storage());
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

}  // namespace

bench::OpBench instance_norm_bench() {
  return op_bench<InstanceNormLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
