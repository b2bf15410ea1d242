#include "kernels/deconv2d/deconv2d.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Deconv2dLadder {
  using Problem = Deconv2dProblem;
  using Rung = Deconv2dRung;
  static constexpr std::string_view name = "deconv2d";
  // pad: cut off on all sides; extra: given back at the far ones (PyTorch's output_padding) or, if negative, cut off.
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 k=1 r=2 stride=2 pad=0 extra=0";
  // Of the nets, for a picture of 1920x1080 and for the mattes' own sizes.
  static constexpr bench::NamedProblem problems[] = {
      {"up1", "h=270 w=480 c=128 k=64 r=3 extra=-1"},
      {"up2", "h=540 w=960 c=64 k=32 r=3 extra=-1"},
      {"matte", "h=128 w=128 c=16 k=1"},
      {"twice 2", "h=26 w=19 c=2 k=2 r=4"},
      {"8 times 2", "h=110 w=82 c=2 k=2 r=16 stride=8 pad=31 extra=-18"},
      {"small up", "h=34 w=45 c=128 k=64 r=3 extra=-1"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    const auto out = [&](int in) { return (in - 1) * at("stride") + at("r") - 2 * at("pad") + at("extra"); };
    const Problem d{.n = at("n"),
                    .h = at("h"),
                    .w = at("w"),
                    .c = at("c"),
                    .k = at("k"),
                    .r = at("r"),
                    .s = at("r"),
                    .stride = at("stride"),
                    .crop_top = at("pad"),
                    .crop_left = at("pad"),
                    .out_h = out(at("h")),
                    .out_w = out(at("w")),
                    .storage = storage};
    require_positive({d.n, d.h, d.w, d.c, d.k, d.r, d.stride, d.out_h, d.out_w});
    if (at("pad") < 0 || at("extra") > at("pad")) throw std::invalid_argument("not inside the sum");
    return d;
  }
  static auto rungs() { return deconv2d_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_deconv2d(d); }
  static double flops(const Problem& d) { return 2.0 * d.n * d.h * d.w * d.c * d.k * d.r * d.s; }
  static Deconv2dArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t weights = static_cast<std::size_t>(d.c) * d.k * d.r * d.s;
    Deconv2dArgs args;
    args.x = memory.values(static_cast<std::size_t>(d.n) * d.h * d.w * d.c, d.storage);
    args.weights = memory.packed(weights, deconv2d_weight_bytes(d),
                                 [&](const float* values, std::byte* packed) { rung.pack_weights(d, values, packed); });
    args.y = memory.output(static_cast<std::size_t>(d.n) * d.out_h * d.out_w * d.k, d.storage);
    return args;
  }
};

}  // namespace

bench::OpBench deconv2d_bench() {
  return op_bench<Deconv2dLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
