#include "kernels/color/color.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "runtime/kernel/planes.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct ColorLadder {
  using Problem = ColorProblem;
  using Rung = ColorRung;
  static constexpr std::string_view name = "color";
  // The picture is RGB of 8 bits and, of `depth` bits, YUV whose chroma has every second sample of a row and column
  // where sub is 1; rgb=1: from YUV to RGB.
  static constexpr std::string_view sizes = "h=1 w=1 depth=8 sub=1 rgb=1";
  static constexpr bench::NamedProblem problems[] = {
      {"to rgb", "h=1080 w=1920"},      {"from rgb", "h=1080 w=1920 rgb=0"}, {"10 bits", "h=1080 w=1920 depth=10"},
      {"4:4:4", "h=1080 w=1920 sub=0"}, {"small to rgb", "h=68 w=120"},      {"small from rgb", "h=68 w=120 rgb=0"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("depth") - 7, 17 - at("depth"), at("sub") + 1, 2 - at("sub")});
    const PixelFormat rgb;
    const PixelFormat yuv{.model = PixelFormat::Model::yuv,
                          .depth = at("depth"),
                          .log2_chroma_w = at("sub"),
                          .log2_chroma_h = at("sub"),
                          .range = PixelFormat::Range::limited};
    const PixelFormat& from = at("rgb") != 0 ? yuv : rgb;
    const PixelFormat& to = at("rgb") != 0 ? rgb : yuv;
    return {.h = at("h"),
            .w = at("w"),
            .from = kernel_format(from),
            .to = kernel_format(to),
            .rgb_from = kernel_affine(rgb_from_samples(from)),
            .to_samples = kernel_affine(samples_from_rgb(to))};
  }
  static auto rungs() { return color_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_color(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static ColorArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    ColorArgs args;
    for (int p = 0; p < d.from.planes(); ++p) args.from[p] = memory.plane(d.from, p, d.h, d.w);
    for (int p = 0; p < d.to.planes(); ++p) args.to[p] = memory.output_plane(d.to, p, d.h, d.w);
    return args;
  }
};

}  // namespace

bench::OpBench color_bench() {
  return op_bench<ColorLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
