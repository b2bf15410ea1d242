// What the references in double (<op>_ref.cpp) share.
#pragma once

#include "kernels/common/math.h"
#include "kernels/common/target.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

// activate() of math.h in double.
[[nodiscard]] inline double activate_reference(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0 ? 0 : x;
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
  }
  return x;
}

// Element j of row i, of rows of `extent`; beyond what an int holds too.
[[nodiscard]] inline std::size_t at(int i, int extent, int j) {
  return static_cast<std::size_t>(i) * static_cast<std::size_t>(extent) + static_cast<std::size_t>(j);
}

}  // namespace impasto::IMPASTO_TARGET
