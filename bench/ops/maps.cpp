#include "bench/ladder_bench.h"
#include "bench/ops/ops.h"
#include "kernels/inspect/inspect.h"
#include "kernels/pool/global_average.h"
#include "kernels/pool/max_pool.h"
#include "kernels/portrait_input/portrait_input.h"
#include "kernels/resize/resize.h"
#include "kernels/softmax/softmax.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct MaxPoolLadder {
  using Problem = MaxPoolProblem;
  using Rung = MaxPoolRung;
  static constexpr std::string_view name = "max_pool";
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 r=2 stride=2 ceil=1";
  static constexpr bench::NamedProblem problems[] = {{"pool1", "h=800 w=600 c=64"}, {"small", "h=35 w=45 c=64"}};

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h") - at("r") + 1, at("w") - at("r") + 1, at("c"), at("r"), at("stride")});
    return {.n = at("n"),
            .h = at("h"),
            .w = at("w"),
            .c = at("c"),
            .r = at("r"),
            .s = at("r"),
            .stride = at("stride"),
            .ceil_mode = at("ceil") != 0,
            .storage = storage};
  }
  static auto rungs() { return max_pool_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_max_pool(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static MaxPoolArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.n) * d.h * d.w;
    const std::size_t outputs = static_cast<std::size_t>(d.n) * d.p() * d.q() * d.c;
    return {memory.values(pixels * d.c, d.storage), memory.output(outputs, d.storage)};
  }
};

struct GlobalAverageLadder {
  using Problem = GlobalAverageProblem;
  using Rung = GlobalAverageRung;
  static constexpr std::string_view name = "global_average";
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1";
  static constexpr bench::NamedProblem problems[] = {{"gate", "h=64 w=64 c=72"}, {"small", "h=9 w=16 c=72"}};

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h"), at("w"), at("c")});
    return {.n = at("n"), .h = at("h"), .w = at("w"), .c = at("c"), .storage = storage};
  }
  static auto rungs() { return global_average_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_global_average(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static GlobalAverageArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.n) * d.h * d.w;
    GlobalAverageArgs args;
    args.x = memory.values(pixels * d.c, d.storage);
    args.y = memory.output(static_cast<std::size_t>(d.n) * d.c, d.storage);
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

struct SoftmaxLadder {
  using Problem = SoftmaxProblem;
  using Rung = SoftmaxRung;
  static constexpr std::string_view name = "softmax";
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=2";
  static constexpr bench::NamedProblem problems[] = {
      {"matte", "h=800 w=600"}, {"classes", "h=800 w=600 c=21"}, {"small", "h=35 w=45"}};

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h"), at("w"), at("c") - 1});
    return {.n = at("n"), .h = at("h"), .w = at("w"), .c = at("c"), .storage = storage};
  }
  static auto rungs() { return softmax_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_softmax(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static SoftmaxArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.n) * d.h * d.w;
    return {memory.values(pixels * static_cast<std::size_t>(d.c), d.storage),
            static_cast<float*>(memory.output(pixels, Storage::f32))};
  }
};

struct PortraitInputLadder {
  using Problem = PortraitInputProblem;
  using Rung = PortraitInputRung;
  static constexpr std::string_view name = "portrait_input";
  static constexpr std::string_view sizes = "h=1 w=1 face=0";  // face=1: six channels
  static constexpr bench::NamedProblem problems[] = {
      {"portrait", "h=800 w=600"}, {"portrait face", "h=800 w=600 face=1"}, {"small", "h=35 w=45 face=1"}};

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("face") + 1});
    return {.h = at("h"),
            .w = at("w"),
            .mask_h = at("face") > 0 ? 800 : 0,
            .mask_w = at("face") > 0 ? 600 : 0,
            .scale = 1.0F / 255,
            .reach = 600,
            .storage = storage};
  }
  static auto rungs() { return portrait_input_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_portrait_input(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static PortraitInputArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.h) * d.w;
    PortraitInputArgs args;
    args.rgb = memory.codes(3 * pixels, 1, 255);
    if (d.mask_h > 0) {
      args.face =
          static_cast<const FacePlace*>(memory.values(sizeof(FacePlace) / sizeof(float), Storage::f32, 0.1F, 1));
      args.mask = static_cast<const float*>(memory.values(static_cast<std::size_t>(d.mask_h) * d.mask_w, Storage::f32));
    }
    args.y = memory.output(pixels * static_cast<std::size_t>(d.channels()), d.storage);
    return args;
  }
};

struct InspectLadder {
  using Problem = InspectProblem;
  using Rung = InspectRung;
  static constexpr std::string_view name = "inspect";
  static constexpr std::string_view sizes = "h=1 w=1 c=1 bytes=0";  // bytes=1: x is u8
  static constexpr bench::NamedProblem problems[] = {
      {"painted", "h=720 w=1280 c=3"}, {"frame", "h=720 w=1280 c=3 bytes=1"}, {"small", "h=35 w=45"}};

  static Problem problem(const bench::Sizes& sizes, Storage /*storage*/) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("h"), at("w"), at("c"), at("bytes") + 1});
    return {.h = at("h"), .w = at("w"), .c = at("c"), .bytes = at("bytes") != 0};
  }
  static auto rungs() { return inspect_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_inspect(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static InspectArgs args(const Problem& d, const Rung& rung, BenchMemory& memory) {
    const auto values = static_cast<std::size_t>(d.values());
    InspectArgs args;
    args.x = d.bytes ? memory.codes(values, 1, 255) : memory.values(values, Storage::f32);
    args.y = static_cast<float*>(memory.output(static_cast<std::size_t>(d.c) * 3, Storage::f32));
    args.workspace = memory.workspace(rung.workspace_bytes(d));
    return args;
  }
};

struct ResizeLadder {
  using Problem = ResizeProblem;
  using Rung = ResizeRung;
  static constexpr std::string_view name = "resize";
  static constexpr std::string_view sizes = "n=1 h=1 w=1 c=1 p=1 q=1 bilinear=1";
  static constexpr bench::NamedProblem problems[] = {{"bilinear", "h=64 w=64 c=16 p=128 q=128"},
                                                     {"nearest", "h=270 w=480 c=128 p=540 q=960 bilinear=0"},
                                                     {"small", "h=9 w=16 c=24 p=18 q=32"}};

  static Problem problem(const bench::Sizes& sizes, Storage storage) {
    const auto at = [&](std::string_view size) { return size_at(sizes, size); };
    require_positive({at("n"), at("h"), at("w"), at("c"), at("p"), at("q")});
    return {.n = at("n"),
            .h = at("h"),
            .w = at("w"),
            .c = at("c"),
            .p = at("p"),
            .q = at("q"),
            .mode = at("bilinear") != 0 ? ResizeMode::bilinear : ResizeMode::nearest,
            .value_bytes = static_cast<int>(size_of(storage))};
  }
  static auto rungs() { return resize_rungs(); }
  static const Rung& choose(const Problem& d) { return choose_resize(d); }
  static double flops(const Problem& /*d*/) { return 0; }
  static ResizeArgs args(const Problem& d, const Rung& /*rung*/, BenchMemory& memory) {
    const std::size_t pixels = static_cast<std::size_t>(d.n) * d.h * d.w;
    const Storage storage = d.value_bytes == 2 ? Storage::f16 : Storage::f32;
    const std::size_t outputs = static_cast<std::size_t>(d.n) * d.p * d.q * d.c;
    return {memory.values(pixels * d.c, storage), memory.output(outputs, storage)};
  }
};

}  // namespace

bench::OpBench max_pool_bench() {
  return op_bench<MaxPoolLadder>();
}
bench::OpBench global_average_bench() {
  return op_bench<GlobalAverageLadder>();
}
bench::OpBench softmax_bench() {
  return op_bench<SoftmaxLadder>();
}
bench::OpBench portrait_input_bench() {
  return op_bench<PortraitInputLadder>();
}
bench::OpBench inspect_bench() {
  return op_bench<InspectLadder>();
}
bench::OpBench resize_bench() {
  return op_bench<ResizeLadder>();
}

}  // namespace impasto::IMPASTO_TARGET
