// The definition of correct: mean, then squares of the distances from it, then the formula; every sum in double.
#include "kernels/common/reference.h"
#include "kernels/instance_norm/instance_norm.h"

#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

namespace {

// Channel c of [C] or, mixed by the style, of [S,C]; and its bias.
double mixed(const InstanceNormProblem& d, std::span<const float> values, std::span<const float> style,
             std::span<const float> bias, int c) {
  double sum = bias.empty() ? 0 : static_cast<double>(bias[static_cast<std::size_t>(c)]);
  if (d.styles == 0) sum += static_cast<double>(values[static_cast<std::size_t>(c)]);
  for (int s = 0; s < d.styles; ++s) {
    sum += static_cast<double>(style[static_cast<std::size_t>(s)]) *
           static_cast<double>(values[static_cast<std::size_t>(s * d.c + c)]);
  }
  return sum;
}

}  // namespace

std::vector<double> instance_norm_reference(const InstanceNormProblem& d, std::span<const float> x,
                                            std::span<const float> gamma, std::span<const float> beta,
                                            std::span<const float> style, std::span<const float> residual,
                                            std::span<const float> gamma_bias, std::span<const float> beta_bias,
                                            std::span<NormStatistics> last) {
  std::vector<double> y(x.size());
  const auto channels = static_cast<std::size_t>(d.c);
  const std::size_t picture = static_cast<std::size_t>(d.pixels()) * channels;
  for (std::size_t first = 0; first < x.size(); first += picture) {
    for (std::size_t c = 0; c < channels; ++c) {
      double mean = 0;
      double variance = 0;
      for (std::size_t i = first + c; i < first + picture; i += channels) mean += static_cast<double>(x[i]);
      mean /= d.pixels();
      for (std::size_t i = first + c; i < first + picture; i += channels) {
        variance += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean) / d.pixels();
      }
      if (!last.empty()) {
        const auto share = static_cast<double>(d.memory);
        mean += share * (static_cast<double>(last[c].mean) - mean);
        variance += share * (static_cast<double>(last[c].variance) - variance);
        last[c] = {static_cast<float>(mean), static_cast<float>(variance)};
      }
      const double scale =
          mixed(d, gamma, style, gamma_bias, static_cast<int>(c)) / std::sqrt(variance + static_cast<double>(d.eps));
      const double offset = mixed(d, beta, style, beta_bias, static_cast<int>(c));
      for (std::size_t i = first + c; i < first + picture; i += channels) {
        y[i] = activate_reference(d.activation, (static_cast<double>(x[i]) - mean) * scale + offset) *
                   static_cast<double>(d.out_scale) +
               static_cast<double>(d.out_offset);
        if (!residual.empty()) y[i] += static_cast<double>(residual[i]);
      }
    }
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
