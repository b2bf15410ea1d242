#include "kernels/conv2d/conv2d.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "bench/rival.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Conv2dLadder {
  using Problem = Conv2dProblem;
  using Rung = Conv2dRung;
  static constexpr std::string_view name = "conv2d";
  // s=0: as r; pad=-1: half of r and of s on all sides; moments=1: moments of y come out.
  static constexpr std::string_view sizes =
      "n=1 h=1 w=1 c=1 k=1 r=1 s=0 stride=1 pad=-1 reflect=0 groups=1 upsample=1 moments=0";
  // Of the nets, for a picture of 1920x1080 and for the matte's own sizes.
  static constexpr bench::NamedProblem problems[] = {
      {"res", "h=270 w=480 c=128 k=128 r=3"},
      {"res moments", "h=270 w=480 c=128 k=128 r=3 moments=1"},
      {"32-32", "h=540 w=960 c=32 k=32 r=3"},
      {"down1", "h=1080 w=1920 c=32 k=64 r=3 stride=2"},
      {"down2", "h=540 w=960 c=64 k=128 r=3 stride=2"},
      {"rgb-in", "h=1080 w=1920 c=3 k=32 r=9"},
      {"rgb-out", "h=1080 w=1920 c=32 k=3 r=9"},
      {"1x1", "h=64 w=64 c=16 k=72"},
      {"1x1 one pixel", "c=72 k=24"},
      {"depthwise", "h=64 w=64 c=72 k=72 r=3 stride=2 groups=72"},
      {"up", "h=270 w=480 c=128 k=64 r=3 upsample=2"},
      {"fc6", "h=32 w=25 c=512 k=4096 r=7 pad=0"},
      {"score", "h=63 w=50 c=512 k=2"},
      {"small res", "h=34 w=45 c=128 k=128 r=3"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    const int s = at("s") > 0 ? at("s") : at("r");
    const int pad_h = at("pad") >= 0 ? at("pad") : at("r") / 2;
    const int pad_w = at("pad") >= 0 ? at("pad") : s / 2;
    const Problem d{.n = at("n"),
                    .h = at("h"),
                    .w = at("w"),
                    .c = at("c"),
                    .k = at("k"),
                    .r = at("r"),
                    .s = s,
                    .stride = at("stride"),
                    .pad_top = pad_h,
                    .pad_left = pad_w,
                    .pad_bottom = pad_h,
                    .pad_right = pad_w,
                    .pad_mode = at("reflect") != 0 ? PadMode::reflect : PadMode::zero,
                    .groups = at("groups"),
                    .upsample = at("upsample"),
                    .moments_out = at("moments") != 0,
                    .storage = storage};
    require_positive({d.n, d.h, d.w, d.c, d.k, d.r, d.s, d.stride, d.groups, d.upsample});
    if (d.c % d.groups != 0 || d.k % d.groups != 0 || d.upsample > 2 || d.h * d.upsample + 2 * pad_h < d.r ||
        d.w * d.upsample + 2 * pad_w < d.s || (d.pad_mode == PadMode::reflect && (pad_h >= d.h || pad_w >= d.w))) {
      throw std::invalid_argument("not a convolution");
    }
    return d;
  }
  static auto rungs() { return conv2d_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_conv2d(d); }
  static double flops(const Problem& d) { return 2.0 * d.n * d.p() * d.q() * d.k * d.r * d.s * d.group_c(); }
  static std::optional<Rival> rival(const Problem& d, BenchMemory& memory, Device& device) {
    return conv2d_rival(d, memory, device);
  }
  static Conv2dArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.n) * d.h * d.w;
    const std::size_t weights = static_cast<std::size_t>(d.k) * d.group_c() * d.r * d.s;
    Conv2dArgs args;
    args.x = memory.values(pixels * d.c, d.storage);
    args.weights = memory.packed(weights, rung.weight_bytes(d),
                                 [&](const float* values, std::byte* packed) { rung.pack_weights(d, values, packed); });
    args.bias = memory.floats(d.k);
    args.y = memory.output(static_cast<std::size_t>(d.n) * d.p() * d.q() * d.k, d.storage);
    if (d.moments_out) {
      const std::size_t parts = static_cast<std::size_t>(blocks_for(d.p() * d.q(), kConv2dPartPixels));
      args.moments = reinterpret_cast<Moments*>(memory.output(2 * d.n * parts * d.k, Storage::f32));
    }
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

}  // namespace

bench::OpBench conv2d_bench() {
  return op_bench<Conv2dLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
