// multistyle against onnxruntime: small pictures that ship with the tests, and the larger shared pack.
#include "tests/golden/golden.h"

#include <fmt/format.h>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr double kLeastPsnr = 43;  // of 8-bit pictures in bf16

Limits limits(Precision precision, bool half_file) {
  if (precision == Precision::bf16) return {0.2, 0.006};
  return half_file ? Limits{8e-4, 3e-4} : Limits{3e-4, 2e-5};
}

Planar paint(const Picture& picture, std::span<const float> style, Precision precision) {
  static const Weights weights = embedded("multistyle.safetensors");
  return run_net(find_net("multistyle"), weights, picture, style, precision).output.cropped(picture.h, picture.w);
}

std::vector<float> one_style(std::size_t index) {
  std::vector<float> style(26);
  style.at(index) = 1;
  return style;
}

}  // namespace

TEST_CASE("multistyle paints small pictures as onnxruntime does, in every style") {
  for (const auto& file : golden_files(data_dir() / "multistyle", ".safetensors")) {
    const Weights golden = Weights::open(file);
    const Picture picture = picture_of(golden);
    const std::vector<float> styles = floats_of(golden, "styles");
    const std::vector<float> outputs = floats_of(golden, "output");
    const std::size_t count = picture.rgb.size();
    for (std::size_t s = 0; s < styles.size() / 26; ++s) {
      INFO(fmt::format("{} style {}", file.filename().string(), s));
      const Planar ours = paint(picture, std::span(styles).subspan(s * 26, 26), Precision::fp32);
      check_floats(ours.values, std::span(outputs).subspan(s * count, count), limits(Precision::fp32, false));
    }
  }
}

TEST_CASE("multistyle keeps its limits in bf16 on small pictures") {
  if (!make_backend()->supports(Precision::bf16)) SKIP_CASE("this device has no bf16");
  for (const char* name :
       {"blend_48x36", "odd_67x49"}) {  // on smaller ones a norm sees too few positions for these limits
    const Weights golden = Weights::open(data_dir() / "multistyle" / (std::string(name) + ".safetensors"));
    const Picture picture = picture_of(golden);
    const std::vector<float> styles = floats_of(golden, "styles");
    const std::vector<float> outputs = floats_of(golden, "output");
    const std::size_t count = picture.rgb.size();
    for (std::size_t s = 0; s < styles.size() / 26; ++s) {
      INFO(fmt::format("{} style {}", name, s));
      const Planar ours = paint(picture, std::span(styles).subspan(s * 26, 26), Precision::bf16);
      const Planar expected{3,
                            picture.h,
                            picture.w,
                            {outputs.begin() + static_cast<std::ptrdiff_t>(s * count),
                             outputs.begin() + static_cast<std::ptrdiff_t>((s + 1) * count)}};
      check_floats(ours.values, expected.values, limits(Precision::bf16, false));
      check_picture(to_bytes(ours, 255, false), to_bytes(expected, 255, false), Precision::bf16, kLeastPsnr);
    }
  }
}

TEST_CASE("multistyle paints the shared pack's pictures") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  for (const auto& folder : std::filesystem::directory_iterator(shared_dir() / "golden/multistyle")) {
    const auto index = static_cast<std::size_t>(std::stoi(folder.path().filename().string().substr(5)));
    for (const auto& file : golden_files(folder, ".png")) {
      INFO(fmt::format("{} in {}", file.string(), to_string(precision)));
      const Picture picture = read_picture(shared_dir() / "golden/inputs" / file.filename());
      const Planar ours = paint(picture, one_style(index), precision);
      check_picture(to_bytes(ours, 255, false), read_picture(file).rgb, precision, kLeastPsnr);
      auto floats = file;
      if (!std::filesystem::exists(floats.replace_extension(".safetensors"))) continue;
      const Weights golden = Weights::open(floats);
      REQUIRE(floats_of(golden, "style_weights") == one_style(index));
      check_floats(ours.values, floats_of(golden, "output"),
                   limits(precision, golden.find("output")->dtype == DType::f16));
    }
  }
}

TEST_CASE("multistyle's layers agree with the shared pack's") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  const Weights golden = Weights::open(shared_dir() / "golden/multistyle/style7/astronaut_48x36.taps.safetensors");
  std::map<std::string, std::string> nodes{{"contract.0.raw", "contract.0"},
                                           {"expand.2.raw", "expand.2"}};  // tap -> node
  for (const char* layer : {"contract.0", "contract.1", "contract.2", "res.0.0", "res.5.0", "expand.0", "expand.1"}) {
    nodes[layer] = std::string(layer) + ".norm";
  }
  for (int block = 0; block < 6; ++block) nodes[fmt::format("res.{}", block)] = fmt::format("res.{}.1.norm", block);
  std::vector<std::string> names;
  for (const auto& [tap, node] : nodes) names.push_back(node);
  const Picture picture = read_picture(shared_dir() / "golden/inputs/astronaut_48x36.png");
  const NetRun run =
      run_net(find_net("multistyle"), embedded("multistyle.safetensors"), picture, one_style(7), precision, names);
  for (const auto& [tap, node] : nodes) {
    check_tap(tap, run.taps.at(node), floats_of(golden, tap), precision == Precision::fp32 ? 1e-4 : 5e-2);
  }
}
