// transform_net against PyTorch: with weights by a formula, and with Engstrom's in the shared pack.
#include "tests/golden/engstrom.h"
#include "tests/golden/formula.h"
#include "tests/golden/golden.h"

#include <fmt/format.h>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr double kLeastPsnr = 50;  // of 8-bit pictures in bf16

Limits limits(Precision precision, bool half_file) {
  if (precision == Precision::bf16) return {32, 0.5};
  return half_file ? Limits{0.2, 0.05} : Limits{0.05, 0.002};
}

const Net& net() {
  return find_net("transform_net");
}

}  // namespace

TEST_CASE("transform_net paints small pictures as PyTorch does") {
  const Weights weights = formula_weights(net().weight_table());
  for (const auto& file : golden_files(data_dir() / "transform_net", ".safetensors")) {
    INFO(file.string());
    const Weights golden = Weights::open(file);
    const Planar ours = run_net(net(), weights, picture_of(golden), {}, Precision::fp32).output;
    check_floats(ours.values, floats_of(golden, "output"), limits(Precision::fp32, false));
  }
}

TEST_CASE("transform_net keeps its limits in bf16 on a small picture") {
  if (!make_backend()->supports(Precision::bf16)) SKIP_CASE("this device has no bf16");
  const Weights weights = formula_weights(net().weight_table());
  const Weights golden = Weights::open(data_dir() / "transform_net/picture_48x36.safetensors");
  const Planar ours = run_net(net(), weights, picture_of(golden), {}, Precision::bf16).output;
  // Random weights amplify roundings more than trained ones: PyTorch with bf16 storage differs by 11.9 at most, 1.57 on
  // average.
  check_floats(ours.values, floats_of(golden, "output"), {32, 3});
}

TEST_CASE("transform_net paints the shared pack's pictures with Engstrom's weights") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  for (const auto& folder : std::filesystem::directory_iterator(shared_dir() / "golden/transform_net")) {
    const Weights weights = engstrom(folder.path().filename());
    for (const auto& file : golden_files(folder, ".png")) {
      INFO(fmt::format("{} in {}", file.string(), to_string(precision)));
      const Picture picture = read_picture(shared_dir() / "golden/inputs" / file.filename());
      const Planar ours = run_net(net(), weights, picture, {}, precision).output;
      check_picture(to_bytes(ours.cropped(picture.h, picture.w), 1, true), read_picture(file).rgb, precision,
                    kLeastPsnr);
      auto floats = file;
      if (!std::filesystem::exists(floats.replace_extension(".safetensors"))) continue;
      const Weights golden = Weights::open(floats);
      check_floats(ours.values, floats_of(golden, "output"),
                   limits(precision, golden.find("output")->dtype == DType::f16));
    }
  }
}

TEST_CASE("transform_net's layers agree with the shared pack's") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  const Weights golden = Weights::open(shared_dir() / "golden/transform_net/udnie/astronaut_48x36.taps.safetensors");
  std::map<std::string, std::string> nodes;  // tap -> node
  for (const char* layer : {"conv1", "conv2", "up1", "out"}) nodes[std::string(layer) + ".raw"] = layer;
  for (const char* layer : {"conv1", "conv2", "conv3", "up1", "up2"}) nodes[layer] = std::string(layer) + ".norm";
  for (int block = 1; block <= 5; ++block) {
    nodes[fmt::format("res{}.conv1", block)] = fmt::format("res{}.conv1.norm", block);
    nodes[fmt::format("res{}", block)] = fmt::format("res{}.conv2.norm", block);
  }
  std::vector<std::string> names;
  for (const auto& [tap, node] : nodes) names.push_back(node);
  const Weights weights = engstrom("udnie");
  const Picture picture = read_picture(shared_dir() / "golden/inputs/astronaut_48x36.png");
  const NetRun run = run_net(net(), weights, picture, {}, precision, names);
  for (const auto& [tap, node] : nodes) {
    check_tap(tap, run.taps.at(node), floats_of(golden, tap), precision == Precision::fp32 ? 1e-4 : 5e-2);
  }
}
