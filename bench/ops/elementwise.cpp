#include "kernels/elementwise/elementwise.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct ElementwiseLadder {
  using Problem = ElementwiseProblem;
  using Rung = ElementwiseRung;
  static constexpr std::string_view name = "elementwise";
  // gate: 0 none, 1 of the channel, 2 a map; add: 1 adds b, which is by crop larger on all sides; u8: a is uint8.
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 gate=0 add=0 crop=0 u8=0 relu=0";
  static constexpr bench::NamedProblem problems[] = {
      {"add", "h=270 w=480 c=128 add=1"},    {"add cropped", "h=270 w=480 c=128 add=1 crop=2"},
      {"gate", "h=64 w=64 c=72 gate=1"},     {"mul", "h=64 w=64 c=16 gate=2"},
      {"convert", "h=1080 w=1920 c=3 u8=1"}, {"small add", "h=34 w=45 c=128 add=1 relu=1"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h"), at("w"), at("c"), at("crop") + 1});
    const Element a = storage == Storage::f16 ? Element::f16 : Element::f32;
    return {.n = at("n"),
            .h = at("h"),
            .w = at("w"),
            .c = at("c"),
            .factor = at("gate") == 0 ? Factor::none : (at("gate") == 1 ? Factor::channel : Factor::map),
            .addend = at("add") != 0,
            .b_h = at("h") + 2 * at("crop"),
            .b_w = at("w") + 2 * at("crop"),
            .crop_top = at("crop"),
            .crop_left = at("crop"),
            .activation = at("relu") != 0 ? Activation::relu : Activation::none,
            .a = at("u8") != 0 ? Element::u8 : a,
            .storage = storage};
  }
  static auto rungs() { return elementwise_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_elementwise(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static ElementwiseArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t values = static_cast<std::size_t>(d.n) * d.h * d.w * d.c;
    ElementwiseArgs args;
    args.a = d.a == Element::u8 ? memory.codes(values, 1, 255) : memory.values(values, d.storage);
    if (d.factor == Factor::channel) args.g = memory.values(static_cast<std::size_t>(d.n) * d.c, d.storage);
    if (d.factor == Factor::map) args.g = memory.values(values, d.storage);
    if (d.addend) args.b = memory.values(static_cast<std::size_t>(d.n) * d.b_h * d.b_w * d.c, d.storage);
    args.y = memory.output(values, d.storage);
    return args;
  }
};

}  // namespace

bench::OpBench elementwise_bench() {
  return op_bench<ElementwiseLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
