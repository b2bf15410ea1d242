// The definition of correct, in double.
#include "kernels/softmax/softmax.h"

#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

std::vector<double> softmax_reference(const SoftmaxProblem& d, std::span<const float> x) {
  std::vector<double> y;
  for (std::size_t first = 0; first < x.size(); first += static_cast<std::size_t>(d.c)) {
    const auto score = [&](int c) { return static_cast<double>(x[first + static_cast<std::size_t>(c)]); };
    double sum = 0;
    for (int c = 0; c < d.c; ++c) sum += std::exp(score(c) - score(d.channel));
    y.push_back(1 / sum);
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
