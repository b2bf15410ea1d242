// The nets on our own kernels, against the goldens, within the limits for fp16. Compiled once for simt and once for
// cuda.
#include "nets/frame.h"
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/golden/engstrom.h"
#include "tests/golden/formula.h"
#include "tests/golden/golden.h"
#include "tests/golden/portrait_pack.h"
#include "tests/golden/portrait_slim.h"

namespace impasto::IMPASTO_TARGET {

using namespace impasto::test;

namespace {

// Of the shared pack, by the device's and the sanitizers' patience.
std::vector<std::string> shared_pictures() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return {"astronaut_48x36"};
#else
  if (Device::kHostMemory) return {"astronaut_48x36", "coffee_131x97"};
  return {"astronaut_48x36", "coffee_131x97", "astronaut_256x256"};
#endif
}

Picture shared_picture(const std::string& name) {
  return read_picture(shared_dir() / "golden/inputs" / (name + ".png"));
}

void check_matte(std::span<const float> ours, std::span<const float> expected) {
  REQUIRE(ours.size() == expected.size());
  CHECK(difference(ours, expected).largest <= 0.15);
  CHECK(psnr(ours, expected, 1) >= 54);
  int crossed = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) crossed += (ours[i] > 0.5F) != (expected[i] > 0.5F) ? 1 : 0;
  CHECK(crossed <= static_cast<int>(ours.size() * 5 / 10000));
}

}  // namespace

TEST_CASE("kernels: multistyle keeps its limits in fp16") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  const Weights golden = Weights::open(data_dir() / "multistyle/blend_48x36.safetensors");
  const Picture picture = picture_of(golden);
  const std::vector<float> style = floats_of(golden, "styles");
  const std::vector<float> outputs = floats_of(golden, "output");
  const Planar ours = run_net(*backend, find_net("multistyle"), embedded("multistyle.safetensors"), picture,
                              std::span(style).first(26), Precision::fp16)
                          .output.cropped(picture.h, picture.w);
  const Planar expected{3, picture.h, picture.w, {outputs.begin(), outputs.begin() + std::ssize(picture.rgb)}};
  check_floats(ours.values, expected.values, {0.06, 0.0015});
  check_picture(to_bytes(ours, 255, false), to_bytes(expected, 255, false), Precision::fp16, 52);
}

TEST_CASE("kernels: arbitrary_transform keeps its limits in fp16") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  const Weights golden = Weights::open(data_dir() / "arbitrary/odd_50x37.safetensors");
  const Picture picture = picture_of(golden);
  const Planar ours = run_net(*backend, find_net("arbitrary_transform"), embedded("arbitrary_transform.safetensors"),
                              picture, floats_of(golden, "style"), Precision::fp16)
                          .output.cropped(picture.h, picture.w);
  CHECK(psnr(ours.values, floats_of(golden, "output"), 1) >= 55);
}

TEST_CASE("kernels: arbitrary_transform paints the shared pack's pictures in fp16") {
  NEED_DEVICE();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto backend = make_backend(0);
  for (const std::string& name : shared_pictures()) {
    for (const auto& file : golden_files(shared_dir() / "golden/arbitrary", ".safetensors")) {
      if (!file.filename().string().starts_with(name + "__")) continue;
      INFO(file.string());
      const Weights golden = Weights::open(file);
      const Picture picture = shared_picture(name);
      const Planar ours =
          run_net(*backend, find_net("arbitrary_transform"), embedded("arbitrary_transform.safetensors"), picture,
                  floats_of(golden, "style_vector"), Precision::fp16)
              .output.cropped(picture.h, picture.w);
      CHECK(psnr(ours.values, floats_of(golden, "output"), 1) >= 55);
    }
  }
}

TEST_CASE("kernels: style_predictor sees in a small picture what it sees on the cpu") {
  NEED_DEVICE();
  const Weights weights = embedded("style_predictor.safetensors");
  const auto numbers = [&](Backend& backend) {
    Graph graph;
    const TensorId rgb = graph.input("rgb", {1, 32, 32, 3}, DType::u8);
    const TensorId style = find_net("style_predictor").append(graph, rgb, kAbsent, weights);
    graph.output(style);
    Engine engine(std::move(graph), backend);
    std::uint8_t value = 0;
    for (std::byte& byte : engine.host(rgb))
      byte = static_cast<std::byte>(value = static_cast<std::uint8_t>(value + 37));
    engine.run();
    std::vector<float> result(100);
    std::memcpy(result.data(), engine.host(style).data(), engine.host(style).size());
    return result;
  };
  const auto backend = make_backend(0);
  const auto cpu = test::make_backend();
  CHECK(difference(std::span<const float>(numbers(*backend)), std::span<const float>(numbers(*cpu))).largest <= 1e-4);
}

TEST_CASE("kernels: transform_net keeps its limits in fp16") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  const Net& net = find_net("transform_net");
  const Weights golden = Weights::open(data_dir() / "transform_net/picture_48x36.safetensors");
  const Planar ours =
      run_net(*backend, net, formula_weights(net.weight_table()), picture_of(golden), {}, Precision::fp16).output;
  // Random weights amplify roundings more than trained ones, as in bf16 (transform_net.cpp), of whose steps fp16 has
  // eight: 8 of 255 for the largest, as with trained weights, and an eighth of 3 for the mean.
  check_floats(ours.values, floats_of(golden, "output"), {8, 3.0 / 8});
}

TEST_CASE("kernels: selfie-landscape keeps its limits in fp16") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  const Weights golden = Weights::open(data_dir() / "selfie/selfie-landscape.safetensors");
  const std::vector<float> expected = floats_of(golden, "matte");
  const std::vector<float> ours =
      run_net(*backend, find_net("selfie-landscape"), embedded("selfie_landscape.safetensors"),
              picture_of(golden, "seen"), {}, Precision::fp16)
          .output.values;
  check_matte(ours, expected);
}

TEST_CASE("kernels: multistyle paints the shared pack's pictures in fp16") {
  NEED_DEVICE();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto backend = make_backend(0);
  for (const std::string& name : shared_pictures()) {
    for (const std::size_t index : {std::size_t{7}, std::size_t{19}}) {
      INFO(name << ", style " << index);
      const auto file = shared_dir() / "golden/multistyle" / fmt::format("style{}", index) / name;
      const Picture picture = shared_picture(name);
      std::vector<float> style(26);
      style[index] = 1;
      const Planar ours =
          run_net(*backend, find_net("multistyle"), embedded("multistyle.safetensors"), picture, style, Precision::fp16)
              .output.cropped(picture.h, picture.w);
      check_floats(ours.values, floats_of(Weights::open(file.string() + ".safetensors"), "output"), {0.06, 0.0015});
      check_picture(to_bytes(ours, 255, false), read_picture(file.string() + ".png").rgb, Precision::fp16, 52);
    }
  }
}

TEST_CASE("kernels: transform_net paints the shared pack's pictures in fp16 with Engstrom's weights") {
  NEED_DEVICE();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto backend = make_backend(0);
  const Weights weights = engstrom("udnie");
  for (const std::string& name : shared_pictures()) {
    INFO(name);
    const auto file = shared_dir() / "golden/transform_net/udnie" / name;
    const Picture picture = shared_picture(name);
    const Planar ours = run_net(*backend, find_net("transform_net"), weights, picture, {}, Precision::fp16).output;
    check_floats(ours.values, floats_of(Weights::open(file.string() + ".safetensors"), "output"), {8, 0.08});
    check_picture(to_bytes(ours.cropped(picture.h, picture.w), 1, true), read_picture(file.string() + ".png").rgb,
                  Precision::fp16, 58);
  }
}

TEST_CASE("kernels: selfie cuts the shared pack's portrait in fp16") {
  NEED_DEVICE();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto backend = make_backend(0);
  const Weights golden = Weights::open(shared_dir() / "golden/selfie/square/astronaut_256x256.safetensors");
  check_matte(run_net(*backend, find_net("selfie"), embedded("selfie.safetensors"), picture_of(golden, "tensor_u8"), {},
                      Precision::fp16)
                  .output.values,
              floats_of(golden, "mask_small"));
}

TEST_CASE("kernels: the portrait nets keep their limits in fp16") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  for (const char* name : {"classes_2_5x7", "classes_3_65x33", "plus_near_38x31"}) {
    INFO(name);
    const SlimCase c(data_dir() / "portrait_fcn" / (std::string(name) + ".safetensors"));
    const NetRun run =
        run_net(*backend, c.net, c.weights, c.picture, c.face, Precision::fp16, std::array{std::string(kScores)});
    check_tap(kScores, run.taps.at(kScores), c.score, 1e-2);
    check_floats(run.output.values, c.probability(), {0.02, 0.005});
  }
}

TEST_CASE("kernels: the portrait nets cut a small picture of the shared pack in fp16") {
  NEED_DEVICE();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto backend = make_backend(0);
  for (const char* name : {"portrait-fcn", "portrait-fcn+"}) {
    INFO(name);
    const Net& net = find_net(name);
    const PackCase c(net, "astronaut_48x36");
    const std::array taps{std::string(kScores)};
    const NetRun run = run_net(*backend, net, pack_weights(net), c.picture, c.face, Precision::fp16, taps);
    check_scores(run.taps.at(kScores).values, c.score, portrait_limits(Precision::fp16));
  }
}

TEST_CASE("kernels: every node of a frame is run by a rung, none by code of the host or oneDNN") {
  NEED_DEVICE();
  const Weights style = embedded("multistyle.safetensors");
  const Weights matte = embedded("selfie.safetensors");
  FrameSpec spec;
  spec.height = 17;
  spec.width = 23;
  spec.in = spec.out = {.model = PixelFormat::Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1};
  spec.style_net = &find_net("multistyle");
  spec.style_weights = &style;
  spec.matte_net = &find_net("selfie");
  spec.matte_weights = &matte;
  spec.matte_feather = 2;
  spec.view = View::four_up;
  const Net& portrait = find_net("portrait-fcn+");
  const Weights portrait_weights = slim_portrait(portrait, 2, 1);
  // A ladder's name and the rung's; what runs on the cpu device is called by one word, "onednn" or "highway".
  const std::string rung_name = "[a-z0-9]+(_[a-z0-9]+)+";
  const auto cpu = test::make_backend();
  const auto backend = make_backend(0);
  for (const bool with_portrait : {false, true}) {
    if (with_portrait) {
      spec.matte_net = &portrait;
      spec.matte_weights = &portrait_weights;
      spec.matte_size = 16;
    }
    spec.style_precision = spec.matte_precision = Precision::fp32;
    for (const NodeProfile& node : Engine(build_frame(spec).graph, *cpu).profile()) {
      INFO(node.name << ": " << node.kernel);
      CHECK_THAT(node.kernel, !Catch::Matches(rung_name));
    }
    for (const Precision precision : {Precision::fp16, Precision::fp32}) {
      spec.style_precision = spec.matte_precision = precision;
      const Engine engine(build_frame(spec).graph, *backend);
      for (const NodeProfile& node : engine.profile()) {
        INFO(node.name << ": " << node.kernel);
        CHECK_THAT(node.kernel, Catch::Matches(rung_name));
      }
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
