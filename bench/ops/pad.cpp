#include "kernels/elementwise/pad.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct PadLadder {
  using Rung = PadRung;
  static constexpr std::string_view name = "pad";
  struct Problem : PadProblem {
    Storage storage;
  };
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 pad=0 edge=0 u8=0";
  static constexpr bench::NamedProblem problems[] = {
      {"picture", "h=1080 w=1920 c=3 pad=40 u8=1"},
      {"channels", "h=270 w=480 c=128 pad=1"},
      {"small", "h=34 w=45 c=128 pad=2"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    const int pad = at("pad");
    require_positive({at("n"), at("h"), at("w"), at("c"), pad + 1});
    if (at("edge") == 0 && pad >= std::min(at("h"), at("w"))) throw std::invalid_argument("pad is not below h and w");
    return {{.n = at("n"),
             .h = at("h"),
             .w = at("w"),
             .c = at("c"),
             .top = pad,
             .left = pad,
             .bottom = pad,
             .right = pad,
             .mode = at("edge") != 0 ? PadProblem::Mode::edge : PadProblem::Mode::reflect,
             .value_bytes = at("u8") != 0 ? 1 : static_cast<int>(size_of(storage))},
            storage};
  }
  static auto rungs() { return pad_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_pad(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static PadArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t x = static_cast<std::size_t>(d.n) * d.h * d.w * d.c;
    const std::size_t y = static_cast<std::size_t>(d.n) * d.p() * d.q() * d.c;
    if (d.value_bytes == 1) return {memory.codes(x, 1, 255), memory.output_codes(y, 1)};
    return {memory.values(x, d.storage), memory.output(y, d.storage)};
  }
};

}  // namespace

bench::OpBench pad_bench() {
  return op_bench<PadLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
