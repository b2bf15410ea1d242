// How much a video flickers where it stands still.
#pragma once

#include "runtime/pixel_format.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace impasto::stylize {

// The mean temporal variance of values in 0..1: half the mean square of what changes from a frame to the next, over
// those cells of the picture that stand still between the two.
class Flicker {
 public:
  // Of frames of height x width.
  Flicker(int height, int width);

  // The next frame, in 0..255, and how still its cells of 8 x 8 pixels have stood since the one before, as op Stillness
  // tells. `continues`: the one before is of the same scene.
  void add(std::span<const std::byte> values, std::span<const float> stillness, bool continues);

  // Absent as long as nothing has stood still.
  [[nodiscard]] std::optional<double> mean() const;

 private:
  int height_, width_;
  std::vector<std::byte> last_;
  double squares_ = 0;
  double count_ = 0;
};

// The luma of a picture of these planes, in 8 bits.
[[nodiscard]] std::vector<std::byte> luma_of(const PixelFormat& format,
                                             std::span<const std::span<const std::byte>> planes);

}  // namespace impasto::stylize
