// The definition of correct: sums in double.
#include "kernels/pool/global_average.h"

#include <cstddef>

namespace impasto::IMPASTO_TARGET {

std::vector<double> global_average_reference(const GlobalAverageProblem& d, std::span<const float> x) {
  const auto channels = static_cast<std::size_t>(d.c);
  const std::size_t picture = static_cast<std::size_t>(d.pixels()) * channels;
  std::vector<double> y(static_cast<std::size_t>(d.n) * channels);
  for (std::size_t i = 0; i < x.size(); ++i) y[i / picture * channels + i % channels] += static_cast<double>(x[i]);
  for (double& sum : y) sum /= d.pixels();
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
