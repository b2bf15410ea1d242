// The style of a picture as numbers: the net style_predictor in an engine of its own, in float32.
#pragma once

#include "apps/stylize/media/media.h"
#include "runtime/engine.h"

#include <memory>
#include <string>
#include <vector>

namespace impasto::stylize {

class StylePredictor {
 public:
  explicit StylePredictor(std::unique_ptr<Backend> device);

  // Of the square in the middle of the picture, at the size that the net was trained on. Any size, any format.
  // Throws Error that names `place`, which the picture is or comes from, if the numbers cannot be the net's answer.
  [[nodiscard]] std::vector<float> describe(const media::Picture& picture, const std::string& place);

 private:
  std::unique_ptr<Backend> device_;
  Engine engine_;
};

}  // namespace impasto::stylize
