// The portrait nets against PyTorch (slim nets, weights by a formula) and against OpenCV's Caffe importer (the shared
// pack's nets of 1/16 of the width).
#include "tests/golden/portrait_pack.h"
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

TEST_CASE("portrait_fcn: small pictures in bf16") {
  if (!make_backend()->supports(Precision::bf16)) SKIP_CASE("this device has no bf16");
  for (const auto& file : golden_files(data_dir() / "portrait_fcn", ".safetensors")) {
    INFO(file.string());
    const SlimCase c(file);
    const NetRun run = run_net(c.net, c.weights, c.picture, c.face, Precision::bf16, std::array{std::string(kScores)});
    check_tap(kScores, run.taps.at(kScores), c.score, 5e-2);
    check_floats(run.output.values, c.probability(), {0.13, 0.03});
  }
}

TEST_CASE("portrait_fcn: PASCAL's 21 classes in bf16 as in fp32") {
  if (!make_backend()->supports(Precision::bf16)) SKIP_CASE("this device has no bf16");
  const Picture picture = SlimCase(data_dir() / "portrait_fcn/plus_near_38x31.safetensors").picture;
  for (const char* name : {"portrait-fcn", "portrait-fcn+"}) {
    INFO(name);
    const Net& net = find_net(name);
    const Weights weights = slim_portrait(net, 21, 15);
    const std::vector<float> no_face(net.face ? 8 : 0);
    const auto run = [&](Precision precision) {
      return run_net(net, weights, picture, no_face, precision, std::array{std::string(kScores)});
    };
    const NetRun exact = run(Precision::fp32);
    const NetRun rounded = run(Precision::bf16);
    REQUIRE(exact.taps.at(kScores).c == 21);
    check_tap(kScores, rounded.taps.at(kScores), exact.taps.at(kScores).values, 5e-2);
    check_floats(rounded.output.values, exact.output.values, {0.13, 0.03});
  }
}

TEST_CASE("portrait_fcn: the shared pack's pictures as OpenCV's Caffe importer") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const Precision precision = GENERATE(Precision::fp32, Precision::bf16);
  if (!make_backend()->supports(precision)) SKIP_CASE("this device has no bf16");
  const PortraitLimits limits = portrait_limits(precision);
  for (const char* name : {"portrait-fcn", "portrait-fcn+"}) {
    const Net& net = find_net(name);
    const Weights weights = pack_weights(net);
    for (const char* picture : kPackPictures) {
      INFO(name << ", " << picture << ", " << to_string(precision));
      const PackCase c(net, picture);
      const NetRun run =
          run_net(net, weights, c.picture, c.face, precision, std::array{std::string("input"), std::string(kScores)});
      check_probability(run.output.values, c.probability, limits);
      if (c.score.empty()) continue;
      check_scores(run.taps.at(kScores).values, c.score, limits);
      if (!net.face || precision != Precision::fp32) continue;
      const std::vector<float> extra = floats_of(c.input, "extra");
      const std::span<const float> channels = std::span(run.taps.at("input").values).last(extra.size());
      CHECK(difference(channels, std::span<const float>(extra)).largest <= 1e-4);
    }
  }
}

TEST_CASE("portrait_fcn: layers as OpenCV's Caffe importer") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  // Their names in the pack and in the graph.
  const std::vector<std::pair<std::string, std::string>> layers{{"pool3", "conv3_3.pool"},
                                                                {"pool4", "conv4_3.pool"},
                                                                {"pool5", "conv5_3.pool"},
                                                                {"fc6", "fc6"},
                                                                {"fc7", "fc7"},
                                                                {"score_fr", "score_fr"},
                                                                {"upscore2", "upscore2"},
                                                                {"fuse_pool4", "score_pool4.sum"},
                                                                {"upscore_pool4", "upscore_pool4"},
                                                                {"fuse_pool3", "score_pool3.sum"}};
  std::vector<std::string> nodes;
  for (const auto& [theirs, ours] : layers) nodes.push_back(ours);
  const Net& net = find_net("portrait-fcn");
  const PackCase c(net, "astronaut_48x36");
  const NetRun run = run_net(net, pack_weights(net), c.picture, {}, Precision::fp32, nodes);
  const Weights taps =
      Weights::open(shared_dir() / "golden/portrait_fcn/portrait_fcn/astronaut_48x36.taps.safetensors");
  for (const auto& [theirs, ours] : layers) {
    std::vector<float> golden = floats_of(taps, theirs);
    if (theirs.starts_with("fc")) {  // which the pack has before the relu
      for (float& value : golden) value = std::max(value, 0.0F);
    }
    check_tap(theirs, run.taps.at(ours), golden, 1e-4);
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
