// style_predictor and arbitrary_transform against onnxruntime: small pictures that ship with the tests, and the shared
// pack.
#include "tests/golden/golden.h"

#include <fmt/format.h>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr double kLeastPsnr = 46;  // in bf16, of values in 0..1

// As tests/tools/golden_arbitrary.py makes them.
Picture style_picture(int kind) {
  Picture picture{256, 256, {}};
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int stripes = 3 * x + 5 * y * (c + 1) / 2 + x * y / 64;
        const int rings = ((x - 100) * (x - 100) + (y - 140) * (y - 140)) / (40 + 30 * c);
        picture.rgb.push_back(static_cast<std::uint8_t>((kind == 0 ? stripes : rings) % 256));
      }
    }
  }
  return picture;
}

std::vector<float> predict(const Picture& picture) {
  static const Weights weights = embedded("style_predictor.safetensors");
  return run_net(find_net("style_predictor"), weights, picture, {}, Precision::fp32).output.values;
}

NetRun run_transform(const Picture& picture, std::span<const float> style, Precision precision,
                     std::span<const std::string> taps = {}) {
  static const Weights weights = embedded("arbitrary_transform.safetensors");
  return run_net(find_net("arbitrary_transform"), weights, picture, style, precision, taps);
}

Planar paint(const Picture& picture, std::span<const float> style, Precision precision) {
  return run_transform(picture, style, precision).output.cropped(picture.h, picture.w);
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  return difference(a, b).largest;
}

// In the shared pack, "astronaut_48x36__wave" is the picture and the style.
std::pair<std::string, std::string> content_and_style(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  const std::size_t at = name.find("__");
  return {name.substr(0, at), name.substr(at + 2)};
}

}  // namespace

TEST_CASE("style_predictor describes pictures as onnxruntime does, and styles blend by their numbers") {
  const std::array styles{predict(style_picture(0)), predict(style_picture(1))};
  for (const auto& file : golden_files(data_dir() / "arbitrary", ".safetensors")) {
    INFO(file.string());
    const Weights golden = Weights::open(file);
    const float kind = floats_of(golden, "kind").front();
    std::vector<float> ours = styles[kind == 0 ? 0 : 1];
    for (std::size_t i = 0; kind == 2 && i < ours.size(); ++i) ours[i] = 0.6F * styles[0][i] + 0.4F * styles[1][i];
    CHECK(largest_difference(ours, floats_of(golden, "style")) <= 1e-4);
  }
}

TEST_CASE("arbitrary_transform paints small pictures as onnxruntime does") {
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  for (const auto& file : golden_files(data_dir() / "arbitrary", ".safetensors")) {
    INFO(fmt::format("{} in {}", file.string(), to_string(precision)));
    const Weights golden = Weights::open(file);
    const Picture picture = picture_of(golden);
    // On smaller ones a norm sees too few positions for the limit in 16 bits.
    if (precision == Precision::bf16 && std::min(picture.h, picture.w) < 32) continue;
    const Planar ours = paint(picture, floats_of(golden, "style"), precision);
    const std::vector<float> expected = floats_of(golden, "output");
    if (precision == Precision::fp32) CHECK(largest_difference(ours.values, expected) <= 1e-4);
    if (precision == Precision::bf16) CHECK(psnr(ours.values, expected, 1) >= kLeastPsnr);
  }
}

TEST_CASE("style_predictor describes the shared pack's pictures") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  for (const auto& file : golden_files(shared_dir() / "golden/arbitrary", ".safetensors")) {
    INFO(file.string());
    const auto [content, style] = content_and_style(file);
    const Picture picture = read_picture(shared_dir() / "golden/arbitrary/style_256" / (style + ".png"));
    CHECK(largest_difference(predict(picture), floats_of(Weights::open(file), "style_vector")) <= 1e-4);
  }
}

TEST_CASE("arbitrary_transform paints the shared pack's pictures") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  for (const auto& file : golden_files(shared_dir() / "golden/arbitrary", ".safetensors")) {
    INFO(fmt::format("{} in {}", file.string(), to_string(precision)));
    const auto [content, style] = content_and_style(file);
    const Picture picture = read_picture(shared_dir() / "golden/inputs" / (content + ".png"));
    const Weights golden = Weights::open(file);
    const Planar ours = paint(picture, floats_of(golden, "style_vector"), precision);
    const std::vector<float> expected = floats_of(golden, "output");
    if (precision == Precision::fp32) {
      CHECK(largest_difference(ours.values, expected) <= (golden.find("output")->dtype == DType::f16 ? 4e-4 : 1e-4));
    } else {
      CHECK(psnr(ours.values, expected, 1) >= kLeastPsnr);
    }
    auto png = file;
    check_picture(to_bytes(ours, 255, false), read_picture(png.replace_extension(".png")).rgb, precision, kLeastPsnr);
  }
}

TEST_CASE("arbitrary_transform's and style_predictor's layers agree with the shared pack's") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto folder = shared_dir() / "golden/arbitrary";
  const Weights golden = Weights::open(folder / "astronaut_48x36__wave.taps.safetensors");
  std::map<std::string, std::string> predictor;  // tap -> node
  std::map<std::string, std::string> transform;
  for (const WeightView& tap : golden.tensors()) {
    std::string node = tap.name;
    if (node.starts_with("predict.")) {
      predictor[tap.name] = node;
      continue;
    }
    if (node.ends_with(".raw")) {
      node.resize(node.size() - 4);
    } else if (node == "expand.conv3") {
      continue;  // before the sigmoid, which is part of our norm
    } else if (!node.starts_with("contract.")) {
      if (node.starts_with("residual") && node.find('.') == std::string::npos) node += ".conv2";
      node += ".norm";
    }
    transform[tap.name] = node;
  }
  REQUIRE(predictor.size() == 4);
  REQUIRE(transform.size() >= 20);
  const auto names = [](const std::map<std::string, std::string>& taps) {
    std::vector<std::string> list;
    for (const auto& [tap, node] : taps) list.push_back(node);
    return list;
  };
  const NetRun seen = run_net(find_net("style_predictor"), embedded("style_predictor.safetensors"),
                              read_picture(folder / "style_256/wave.png"), {}, Precision::fp32, names(predictor));
  const NetRun painted =
      run_transform(read_picture(shared_dir() / "golden/inputs/astronaut_48x36.png"),
                    floats_of(Weights::open(folder / "astronaut_48x36__wave.safetensors"), "style_vector"),
                    Precision::fp32, names(transform));
  for (const auto& [tap, node] : predictor) check_tap(tap, seen.taps.at(node), floats_of(golden, tap), 1e-4);
  for (const auto& [tap, node] : transform) check_tap(tap, painted.taps.at(node), floats_of(golden, tap), 1e-4);
}
