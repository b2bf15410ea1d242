// The two selfie nets against LiteRT, and what is done around them against OpenCV as MediaPipe calls it.
#include "runtime/engine.h"
#include "tests/golden/golden.h"

#include <fmt/format.h>

#include <cstring>

using namespace impasto;
using namespace impasto::test;

namespace {

struct Variant {
  const char* net;
  const char* weights;
  const char* folder;  // in the shared pack
};
constexpr std::array kVariants{Variant{"selfie", "selfie.safetensors", "square"},
                               Variant{"selfie-landscape", "selfie_landscape.safetensors", "landscape"}};

// One resize alone on the device.
template <typename T>
std::vector<T> resize(const Resize& op, const Shape& shape, DType dtype, std::span<const T> values) {
  const std::unique_ptr<Backend> backend = make_backend();
  Graph graph;
  const TensorId in = graph.input("in", shape, dtype);
  const TensorId out = graph.append("resize", op, {in});
  graph.output(out);
  Engine engine(std::move(graph), *backend);
  REQUIRE(engine.host(in).size() == values.size_bytes());
  std::memcpy(engine.host(in).data(), values.data(), values.size_bytes());
  engine.run();
  std::vector<T> result(engine.host(out).size() / sizeof(T));
  std::memcpy(result.data(), engine.host(out).data(), result.size() * sizeof(T));
  return result;
}

Picture seen_by(const Net& net, const Picture& picture) {
  const Resize op{Resize::Mode::bilinear_shiftless, net.fixed_h, net.fixed_w};
  return {net.fixed_h, net.fixed_w,
          resize<std::uint8_t>(op, {1, picture.h, picture.w, 3}, DType::u8, std::span(picture.rgb))};
}

void check_seen(const Picture& ours, const Picture& golden) {
  const Difference d = difference(std::span<const std::uint8_t>(ours.rgb), std::span<const std::uint8_t>(golden.rgb));
  CHECK(d.largest <= 3);
  CHECK(d.mean <= 0.05 * 3);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < golden.rgb.size(); ++i) differ += ours.rgb[i] != golden.rgb[i] ? 1 : 0;
  CHECK(static_cast<double>(differ) <= 0.05 * static_cast<double>(golden.rgb.size()));
}

void check_matte(std::span<const float> ours, std::span<const float> golden, double largest) {
  REQUIRE(ours.size() == golden.size());
  CHECK(difference(ours, golden).largest <= largest);
  CHECK(psnr(ours, golden, 1) >= 90);
  int crossed = 0;
  for (std::size_t i = 0; i < golden.size(); ++i) crossed += (ours[i] > 0.5F) != (golden[i] > 0.5F) ? 1 : 0;
  CHECK(crossed <= 2);
}

}  // namespace

TEST_CASE("the selfie nets cut a small portrait as LiteRT does") {
  for (const Variant& variant : kVariants) {
    INFO(variant.net);
    const Net& net = find_net(variant.net);
    const Weights golden = Weights::open(data_dir() / "selfie" / (std::string(variant.net) + ".safetensors"));
    const Picture seen = seen_by(net, picture_of(golden));
    if (golden.find("seen") != nullptr) check_seen(seen, picture_of(golden, "seen"));
    const NetRun run = run_net(net, embedded(variant.weights), seen, {}, Precision::fp32);
    check_matte(run.output.values, floats_of(golden, "matte"), 1e-3 + 2.5e-4);  // the file's values are float16
  }
}

TEST_CASE("the selfie nets cut the shared pack's pictures") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  for (const Variant& variant : kVariants) {
    const Net& net = find_net(variant.net);
    const Weights weights = embedded(variant.weights);
    for (const auto& file : golden_files(shared_dir() / "golden/selfie" / variant.folder, ".safetensors")) {
      INFO(file.string());
      const Weights golden = Weights::open(file);
      const Picture picture = read_picture(shared_dir() / "golden/inputs" / (file.stem().string() + ".png"));
      const Picture seen = picture_of(golden, "tensor_u8");
      check_seen(seen_by(net, picture), seen);
      const std::vector<float> small = floats_of(golden, "mask_small");
      check_matte(run_net(net, weights, seen, {}, Precision::fp32).output.values, small, 1e-3);
      if (golden.find("mask") == nullptr) continue;
      const Resize enlarge{Resize::Mode::bilinear, picture.h, picture.w};
      const std::vector<float> mask =
          resize<float>(enlarge, {1, net.fixed_h, net.fixed_w, 1}, DType::f32, std::span(small));
      CHECK(difference(std::span<const float>(mask), std::span<const float>(floats_of(golden, "mask"))).largest <=
            5e-4);
    }
  }
}

TEST_CASE("selfie's layers agree with the shared pack's") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto folder = shared_dir() / "golden/selfie/square";
  const Weights golden = Weights::open(folder / "astronaut_256x256.taps.safetensors");
  const std::map<std::string, std::string> nodes{
      // name in the source file -> node
      {"h_swish", "conv0"},    {"re_lu_1", "dw0"},         {"activation", "conv3"},    {"multiply", "b0.gate"},
      {"conv2d_4", "conv4"},   {"conv2d_6", "conv6"},      {"add", "conv8"},           {"conv2d_12", "conv12"},
      {"add_1", "conv16"},     {"add_4", "conv28"},        {"activation_6", "conv30"}, {"multiply_6", "head.gate"},
      {"conv2d_31", "conv31"}, {"activation_7", "conv33"}, {"activation_8", "conv37"}, {"activation_9", "conv41"},
      {"add_6", "l0.gate"},    {"add_7", "l0.out"},        {"add_10", "l1.out"},       {"add_13", "l2.out"}};
  std::vector<std::string> names;
  for (const auto& [tap, node] : nodes) names.push_back(node);
  const Picture seen = picture_of(Weights::open(folder / "astronaut_256x256.safetensors"), "tensor_u8");
  const NetRun run = run_net(find_net("selfie"), embedded("selfie.safetensors"), seen, {}, Precision::fp32, names);
  for (const auto& [tap, node] : nodes) {
    check_tap(tap, run.taps.at(node), floats_of(golden, tap), golden.find(tap)->dtype == DType::f16 ? 6e-4 : 1e-4);
  }
}
