// The shared pack's portrait nets (1/16 of the width, random weights), out of their caffemodels as `stylize-weights`
// converts them, and the faces of its pictures.
#pragma once

#include "nets/face_alignment.h"
#include "nets/net.h"
#include "tests/golden/golden.h"
#include "weights_tools/convert.h"
#include "weights_tools/portrait.h"

#include <array>
#include <cstring>
#include <string>

namespace impasto::test {

inline std::filesystem::path pack_weights_dir() {
  return shared_dir() / "weights/portrait_fcn";
}

inline Weights pack_weights(const Net& net) {
  Source source =
      read_source(pack_weights_dir() / (net.face ? "portrait_fcn_plus_w16.caffemodel" : "portrait_fcn_w16.caffemodel"));
  PortraitOptions options;
  if (net.face) {
    options.mean_mask = pack_weights_dir() / "canonical/meanmask.png";
    options.landmarks = pack_weights_dir() / "canonical/landmarks_00047.txt";
  }
  add_portrait_tensors(options, source);
  const std::vector<NamedTensor> tensors = convert(source, net, DType::f32);
  const TempDir folder;
  write_safetensors(folder / "pack.safetensors", tensors, portrait_metadata(options, net, source, tensors));
  return Weights::open(folder / "pack.safetensors");  // stays mapped when the folder goes
}

// A picture of the pack with what is expected of a net.
struct PackCase {
  PackCase(const Net& net, const std::string& name)
      : picture(read_picture(shared_dir() / "golden/inputs" / (name + ".png"))),
        input(Weights::open(shared_dir() / "golden/portrait_fcn/inputs" / (name + ".safetensors"))) {
    const auto file = shared_dir() / "golden/portrait_fcn" / (net.face ? "portrait_fcn_plus" : "portrait_fcn") / name;
    const std::string floats = file.string() + ".safetensors";
    if (std::filesystem::exists(floats)) score = floats_of(Weights::open(floats), "score");
    const Picture grey = read_picture(file.string() + ".png");
    for (std::size_t i = 0; i < grey.rgb.size(); i += 3) probability.push_back(static_cast<float>(grey.rgb[i]) / 255);
    if (!net.face) return;
    // The file has the landmarks as float64, which Weights does not read.
    const WeightView* landmarks = input.find("landmarks");
    std::vector<Point> from(static_cast<std::size_t>(landmarks->shape.front()));
    REQUIRE(landmarks->data.size() == from.size() * sizeof(Point));
    std::memcpy(from.data(), landmarks->data.data(), landmarks->data.size());
    const auto map = fit_affine(from, read_landmarks(pack_weights_dir() / "canonical/landmarks_00047.txt"));
    const std::array<float, 8> values = face_input(map);
    face.assign(values.begin(), values.end());
  }
  Picture picture;
  Weights input;
  std::vector<float> score;        // empty for large pictures
  std::vector<float> probability;  // of the person, in steps of 1/255
  std::vector<float> face;
};

inline const std::array kPackPictures{"astronaut_48x36", "coffee_131x97", "chelsea_97x131", "astronaut_150x200",
                                      "astronaut_600x800"};

struct PortraitLimits {
  double score, probability;
  double labels;  // the share of pixels that may change sides
};
inline PortraitLimits portrait_limits(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return {2e-3, 5e-4, 2e-4};
    case Precision::fp16:
      return {0.12, 0.02, 4e-3};
    case Precision::bf16:
      return {0.8, 0.13, 0.018};
  }
  return {};
}

inline void check_scores(std::span<const float> ours, std::span<const float> expected, const PortraitLimits& limits) {
  REQUIRE(ours.size() == expected.size());
  CHECK(difference(ours, expected).largest <= limits.score);
  const std::size_t pixels = expected.size() / 2;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    changed += (ours[i] < ours[pixels + i]) != (expected[i] < expected[pixels + i]) ? 1 : 0;
  }
  CHECK(static_cast<double>(changed) <= limits.labels * static_cast<double>(pixels));
}

// Against the golden PNG, whose steps of 1/255 leave unsure what is within half a step of the middle.
inline void check_probability(std::span<const float> ours, std::span<const float> expected,
                              const PortraitLimits& limits) {
  REQUIRE(ours.size() == expected.size());
  CHECK(difference(ours, expected).largest <= limits.probability + 0.5 / 255 + 1e-6);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) changed += (ours[i] > 0.5F) != (expected[i] > 0.5F) ? 1 : 0;
  CHECK(static_cast<double>(changed) <= limits.labels * static_cast<double>(ours.size()));
}

}  // namespace impasto::test
