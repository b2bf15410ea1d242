// The portrait nets against PyTorch (slim nets, weights by a formula) and against OpenCV's Caffe importer (the shared
// pack's nets of 1/16 of the width).
#include "tests/golden/portrait_slim.h"

#include <cstdlib>

using namespace impasto;
using namespace impasto::test;

TEST_CASE("portrait_fcn: small pictures, odd widths, several classes, with and without a face, as PyTorch") {
  const auto files = golden_files(data_dir() / "portrait_fcn", ".safetensors");
  REQUIRE(files.size() == 6);
  for (const auto& file : files) {
    INFO(file.string());
    const SlimCase c(file);
    const NetRun run = run_net(c.net, c.weights, c.picture, c.face, Precision::fp32, std::array{std::string(kScores)});
    check_tap(kScores, run.taps.at(kScores), c.score, 3e-5);
    check_floats(run.output.values, c.probability(), {2e-5, 1e-5});
  }
}

// With what golden_portrait_fcn.py --full writes, and half a gigabyte of weights: by hand.
TEST_CASE("portrait_fcn: the net at full width as PyTorch", "[.full]") {
  const char* file = std::getenv("PORTRAIT_FCN_FULL");
  if (file == nullptr) SKIP_CASE("PORTRAIT_FCN_FULL names no file");
  const Weights golden = Weights::open(file);
  const Net& net = find_net("portrait-fcn");
  const Weights weights = formula_weights(net.weight_table(), {}, std::sqrt(6));
  const Planar ours =
      run_net(net, weights, picture_of(golden), {}, Precision::fp32, std::array{std::string(kScores)}).taps.at(kScores);
  const std::vector<float> score = floats_of(golden, "score");
  const Difference d = difference(std::span<const float>(ours.values), std::span<const float>(score));
  std::printf("largest difference of a score %.3g of %.3g\n", d.largest,
              static_cast<double>(*std::max_element(score.begin(), score.end())));
  check_tap(kScores, ours, score, 3e-5);
}
