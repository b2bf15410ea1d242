// Mean and variance of each channel over the pixels of a picture.
#pragma once

#include "runtime/rows/layout.h"

#include <cstddef>
#include <span>

namespace impasto::cpu {

// Centred sums of tiles that fit the first cache, merged as Chan, Golub and LeVeque do ("Updating formulae and a
// pairwise algorithm for computing sample variances", 1979). Partial results belong to fixed parts of the picture, so
// that the result does not depend on the number of threads.
class MomentSums {
 public:
  explicit MomentSums(const Shape& shape, DType dtype);

  [[nodiscard]] std::size_t workspace_bytes() const noexcept;
  // Over one dense [H,W,C] picture; mean and biased variance are [C].
  void run(const std::byte* x, std::byte* workspace, std::span<double> mean, std::span<double> variance) const;

 private:
  struct Part;  // what one part keeps in the workspace

  [[nodiscard]] std::size_t part_bytes() const noexcept;
  [[nodiscard]] Part part(std::byte* workspace, std::size_t index) const;
  void sum_part(const std::byte* x, std::byte* workspace, std::size_t index) const;

  DType dtype_;
  std::size_t channels_, pixels_;
  std::size_t period_;  // values of a channel table
  std::size_t tile_;    // pixels of a tile; whole tables
  std::size_t part_;    // pixels of a part; whole tiles
};

}  // namespace impasto::cpu
