// Portrait FCN and FCN+ from Caffe's files to scores: the shared pack's nets (1/16 of the width), converted as
// stylize-weights does it, against OpenCV's Caffe importer.
#include "nets/face_alignment.h"
#include "tests/golden/golden.h"
#include "weights_tools/convert.h"
#include "weights_tools/portrait.h"

#include <cstring>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr const char* kScores = "upscore8";

Weights converted(const Net& net, const TempDir& dir) {
  const auto folder = shared_dir() / "weights/portrait_fcn";
  PortraitOptions options;
  if (net.face) {
    options.mean_mask = folder / "canonical/meanmask.png";
    options.landmarks = folder / "canonical/landmarks_00047.txt";
  }
  Source source = read_source(folder / (net.face ? "portrait_fcn_plus_w16.caffemodel" : "portrait_fcn_w16.caffemodel"));
  check_portrait_options(options, net, source);
  add_portrait_tensors(options, source);
  const std::vector<NamedTensor> tensors = convert(source, net, DType::f32);
  write_safetensors(dir / "w.safetensors", tensors, portrait_metadata(options, net, source, tensors));
  return Weights::open(dir / "w.safetensors");
}

std::vector<Point> points(std::span<const float> values) {
  std::vector<Point> result;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
    result.push_back({static_cast<double>(values[i]), static_cast<double>(values[i + 1])});
  }
  return result;
}

// The pack has them as float64.
std::vector<Point> landmarks_of(const std::filesystem::path& file) {
  const Weights inputs = Weights::open(file);
  const std::span<const std::byte> data = inputs.find("landmarks")->data;
  std::vector<Point> result(data.size() / sizeof(Point));
  REQUIRE(result.size() * sizeof(Point) == data.size());
  std::memcpy(result.data(), data.data(), data.size());
  return result;
}

void check_pack(const Net& net, const std::string& folder) {
  const TempDir dir;
  const Weights weights = converted(net, dir);
  const auto pack = shared_dir() / "golden/portrait_fcn";
  const auto files = golden_files(pack / folder, ".safetensors");
  CHECK(files.size() == 4);
  for (const auto& file : files) {
    INFO(file.string());
    const std::string name = file.stem().string();
    const Weights golden = Weights::open(file);
    const Picture picture = read_picture(shared_dir() / "golden/inputs" / (name + ".png"));
    std::vector<float> face;
    if (net.face) {
      const auto map = fit_affine(landmarks_of(pack / "inputs" / (name + ".safetensors")),
                                  points(floats_of(weights, "canonical_landmarks")));
      const std::array<float, 8> input = face_input(map);
      face.assign(input.begin(), input.end());
    }
    const NetRun run = run_net(net, weights, picture, face, Precision::fp32, std::array{std::string(kScores)});
    const bool half = golden.find("score")->dtype == DType::f16;
    check_floats(run.taps.at(kScores).values, floats_of(golden, "score"), {half ? 1e-2 : 2e-3, 1e-3});
  }
}

}  // namespace

TEST_CASE("portrait_fcn: the shared pack's caffemodel, converted, scores as OpenCV does") {
  if (!have_shared()) SKIP_CASE("../shared is absent");
  check_pack(find_net("portrait-fcn"), "portrait_fcn");
}

TEST_CASE("portrait_fcn+: the shared pack's caffemodel, converted, scores as OpenCV does") {
  if (!have_shared()) SKIP_CASE("../shared is absent");
  check_pack(find_net("portrait-fcn+"), "portrait_fcn_plus");
}
