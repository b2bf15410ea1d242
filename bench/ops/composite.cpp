#include "kernels/composite/composite.h"

#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "runtime/kernel/planes.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct CompositeLadder {
  using Problem = CompositeProblem;
  using Rung = CompositeRung;
  static constexpr std::string_view name = "composite";
  // The frame is YUV of `depth` bits, or with yuv=0 RGB of 8; picture=1: a picture lies behind.
  static constexpr std::string_view sizes = "h=1 w=1 depth=8 yuv=1 picture=0";
  static constexpr bench::NamedProblem problems[] = {
      {"yuv", "h=1080 w=1920"},       {"10 bits", "h=1080 w=1920 depth=10"},
      {"rgb", "h=1080 w=1920 yuv=0"}, {"picture", "h=1080 w=1920 picture=1"},
      {"small yuv", "h=68 w=120"},    {"small rgb", "h=68 w=120 yuv=0"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("depth") - 7, 17 - at("depth")});
    PixelFormat format;
    if (at("yuv") != 0) {
      format = {.model = PixelFormat::Model::yuv,
                .depth = at("depth"),
                .log2_chroma_w = 1,
                .log2_chroma_h = 1,
                .range = PixelFormat::Range::limited};
    }
    return {.h = at("h"),
            .w = at("w"),
            .painted_w = at("w"),
            .format = kernel_format(format),
            .to_samples = kernel_affine(samples_from_rgb(format)),
            .behind = at("picture") != 0 ? Behind::picture : Behind::frame,
            .painted_scale = 255};
  }
  static auto rungs() { return composite_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_composite(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static CompositeArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.h) * d.w;
    CompositeArgs args;
    args.matte = memory.floats(pixels, 0, 1);
    args.painted = memory.floats(3 * pixels, 0, 1);
    if (d.behind == Behind::picture) args.picture = static_cast<const std::uint8_t*>(memory.codes(3 * pixels, 1, 255));
    for (int p = 0; p < d.format.planes(); ++p) {
      args.frame[p] = memory.plane(d.format, p, d.h, d.w);
      args.out[p] = memory.output_plane(d.format, p, d.h, d.w);
    }
    return args;
  }
};

}  // namespace

bench::OpBench composite_bench() {
  return op_bench<CompositeLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
