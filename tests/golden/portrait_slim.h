// The portrait nets as tests/tools/golden_portrait_fcn.py has them: of little width, with weights by a formula.
#pragma once

#include "nets/net.h"
#include "tests/golden/formula.h"
#include "tests/golden/golden.h"
#include "tests/slim_shapes.h"

#include <cmath>
#include <string>

namespace impasto::test {

inline Weights slim_portrait(const Net& net, int classes, int person) {
  return formula_weights(weight_table(net, slim_shapes(classes)), {{"person_class", std::to_string(person)}},
                         std::sqrt(6));
}

// One file of tests/data/portrait_fcn, and the net that it is of.
struct SlimCase {
  explicit SlimCase(const std::filesystem::path& file)
      : golden(Weights::open(file)),
        picture(picture_of(golden)),
        score(floats_of(golden, "score")),
        classes(static_cast<int>(golden.find("score")->shape.front())),
        person(classes - 1),
        net(find_net(golden.find("face") == nullptr ? "portrait-fcn" : "portrait-fcn+")),
        weights(slim_portrait(net, classes, person)) {
    if (net.face) face = floats_of(golden, "face");
  }
  [[nodiscard]] std::vector<float> probability() const {
    const std::size_t pixels = score.size() / static_cast<std::size_t>(classes);
    std::vector<float> values;
    for (std::size_t i = 0; i < pixels; ++i) {
      double sum = 0;
      for (std::size_t c = i; c < score.size(); c += pixels) sum += std::exp(static_cast<double>(score[c]));
      const double own = static_cast<double>(score[static_cast<std::size_t>(person) * pixels + i]);
      values.push_back(static_cast<float>(std::exp(own) / sum));
    }
    return values;
  }

  Weights golden;
  Picture picture;
  std::vector<float> score;
  int classes, person;
  const Net& net;
  Weights weights;
  std::vector<float> face;
};

// Node whose output is the scores of the picture's size.
inline constexpr const char* kScores = "upscore8";

}  // namespace impasto::test
