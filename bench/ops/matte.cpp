#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "kernels/matte/blur_behind.h"
#include "kernels/matte/guided_filter.h"
#include "kernels/matte/matte_feather.h"
#include "kernels/matte/matte_threshold.h"
#include "kernels/matte_smooth/matte_smooth.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct GuidedFilterLadder {
  using Problem = GuidedFilterProblem;
  using Rung = GuidedFilterRung;
  static constexpr std::string_view name = "guided_filter";
  // h, w: of the matte; full_h, full_w: of the picture
  static constexpr std::string_view sizes = "h=1 w=1 full_h=1 full_w=1 radius=2";
  static constexpr bench::NamedProblem problems[] = {
      {"selfie", "h=256 w=256 full_h=1080 full_w=1920"},
      {"landscape", "h=144 w=256 full_h=1080 full_w=1920"},
      {"small", "h=36 w=64 full_h=68 full_w=120"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    const Problem d{.h = at("h"), .w = at("w"), .full_h = at("full_h"), .full_w = at("full_w"), .radius = at("radius")};
    require_positive({d.h, d.w, d.full_h, d.full_w, d.radius + 1});
    if (d.radius > std::max(d.h, d.w)) throw std::invalid_argument("radius is above h and w");
    return d;
  }
  static auto rungs() { return guided_filter_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_guided_filter(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static GuidedFilterArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t small = static_cast<std::size_t>(d.h) * d.w;
    const std::size_t full = static_cast<std::size_t>(d.full_h) * d.full_w;
    GuidedFilterArgs args;
    args.matte = memory.floats(small, 0, 1);
    args.guide_small = memory.floats(3 * small, 0, 255);
    args.guide = static_cast<const unsigned char*>(memory.codes(3 * full, 1, 255));
    args.y = static_cast<float*>(memory.output(full, Storage::f32));
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

// What the two that take a matte and give one have in common.
template <typename P, typename R>
struct MatteLadder {
  using Problem = P;
  using Rung = R;
  static double flops(const Problem& /*d*/) { return 0; }
  template <typename Args>
  static Args matte_args(const Problem& d, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.h) * d.w;
    Args args;
    args.x = memory.floats(pixels, 0, 1);
    args.y = static_cast<float*>(memory.output(pixels, Storage::f32));
    return args;
  }
};

struct MatteThresholdLadder : MatteLadder<MatteThresholdProblem, MatteThresholdRung> {
  static constexpr std::string_view name = "matte_threshold";
  static constexpr std::string_view sizes = "h=1 w=1 softness=0";  // softness: in hundredths
  static constexpr bench::NamedProblem problems[] = {
      {"hard", "h=1080 w=1920"},
      {"soft", "h=1080 w=1920 softness=10"},
      {"small", "h=68 w=120 softness=10"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("softness") + 1});
    return {.h = at("h"), .w = at("w"), .softness = 0.01F * static_cast<float>(at("softness"))};
  }
  static auto rungs() { return matte_threshold_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_matte_threshold(d); }
  static MatteThresholdArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    return matte_args<MatteThresholdArgs>(d, memory);
  }
};

struct MatteFeatherLadder : MatteLadder<MatteFeatherProblem, MatteFeatherRung> {
  static constexpr std::string_view name = "matte_feather";
  static constexpr std::string_view sizes = "h=1 w=1 radius=1";
  static constexpr bench::NamedProblem problems[] = {
      {"3", "h=1080 w=1920 radius=3"},
      {"20", "h=1080 w=1920 radius=20"},
      {"small", "h=68 w=120 radius=3"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("radius") + 1});
    return {.h = at("h"), .w = at("w"), .radius = static_cast<float>(at("radius"))};
  }
  static auto rungs() { return matte_feather_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_matte_feather(d); }
  static MatteFeatherArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    MatteFeatherArgs args = matte_args<MatteFeatherArgs>(d, memory);
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

struct BlurBehindLadder {
  using Problem = BlurBehindProblem;
  using Rung = BlurBehindRung;
  static constexpr std::string_view name = "blur_behind";
  static constexpr std::string_view sizes = "h=1 w=1 radius=1";
  static constexpr bench::NamedProblem problems[] = {
      {"1080p", "h=1080 w=1920 radius=54"},
      {"720p", "h=720 w=1280 radius=36"},
      {"small", "h=68 w=120 radius=3"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("radius") + 1});
    return {.h = at("h"), .w = at("w"), .radius = static_cast<float>(at("radius"))};
  }
  static auto rungs() { return blur_behind_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_blur_behind(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static BlurBehindArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.h) * d.w;
    BlurBehindArgs args;
    args.picture = static_cast<const std::uint8_t*>(memory.codes(3 * pixels, 1, 255));
    args.matte = memory.floats(pixels, 0, 1);
    args.y = static_cast<std::uint8_t*>(memory.output_codes(3 * pixels, 1));
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

struct MatteSmoothLadder {
  using Problem = MatteSmoothProblem;
  using Rung = MatteSmoothRung;
  static constexpr std::string_view name = "matte_smooth";
  static constexpr std::string_view sizes = "h=1 w=1 full_h=1 full_w=1";  // of the matte, and of the picture
  static constexpr bench::NamedProblem problems[] = {
      {"selfie", "h=256 w=256 full_h=1080 full_w=1920"},
      {"frame", "h=1080 w=1920 full_h=1080 full_w=1920"},
      {"small", "h=36 w=64 full_h=68 full_w=120"},
  };

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    const Problem d{.h = at("h"), .w = at("w"), .frame_h = at("full_h"), .frame_w = at("full_w")};
    require_positive({d.h, d.w, d.frame_h, d.frame_w});
    return d;
  }
  static auto rungs() { return matte_smooth_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_matte_smooth(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static MatteSmoothArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.h) * d.w;
    const std::size_t cells = static_cast<std::size_t>(d.rows()) * d.columns();
    MatteSmoothArgs args;
    args.before = memory.floats(pixels, 0, 1);
    args.now = memory.floats(pixels, 0, 1);
    args.after = memory.floats(pixels, 0, 1);
    args.still_before = memory.floats(cells, 0, 1);
    args.still_after = memory.floats(cells, 0, 1);
    args.moment = memory.floats(4, 1, 1);
    args.y = static_cast<float*>(memory.output(pixels, Storage::f32));
    return args;
  }
};

}  // namespace

bench::OpBench guided_filter_bench() {
  return op_bench<GuidedFilterLadder>();
}
bench::OpBench matte_threshold_bench() {
  return op_bench<MatteThresholdLadder>();
}
bench::OpBench blur_behind_bench() {
  return op_bench<BlurBehindLadder>();
}
bench::OpBench matte_smooth_bench() {
  return op_bench<MatteSmoothLadder>();
}
bench::OpBench matte_feather_bench() {
  return op_bench<MatteFeatherLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
