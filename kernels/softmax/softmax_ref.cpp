// The definition of correct, in double.
#include "kernels/softmax/softmax.h"

#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

std::vector<double> softmax_reference(const SoftmaxProblem& /*problem*/, std::span<const float> x) {
  std::vector<double> y;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    y.push_back(1 / (1 + std::exp(static_cast<double>(x[i]) - static_cast<double>(x[i + 1]))));
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
