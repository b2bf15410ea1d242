// The rungs of conv2d and which of them runs.
#include "kernels/conv2d/conv2d.h"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace impasto::IMPASTO_TARGET {

namespace {

bool any_problem(const Conv2dProblem& /*problem*/) {
  return true;
}

std::size_t no_workspace(const Conv2dProblem& /*problem*/) {
  return 0;
}

constexpr Conv2dRung kRungs[] = {
    {"conv2d_v1_naive", any_problem, conv2d_v1_weight_bytes, conv2d_v1_pack_weights, no_workspace, conv2d_v1_launch},
};

}  // namespace

std::span<const Conv2dRung> conv2d_rungs() {
  return kRungs;
}

// The fastest is the highest rung that supports the problem.
const Conv2dRung& choose_conv2d(const Conv2dProblem& problem) {
  const Conv2dRung* best = &kRungs[0];
  for (const Conv2dRung& rung : kRungs) {
    if (rung.supports(problem)) best = &rung;
  }
  return *best;
}

void require_32_bit_indices(const Conv2dProblem& d) {
  const auto check = [](const char* tensor, double elements) {
    if (elements >= 2147483648.0) {
      throw std::runtime_error(std::string("conv2d: ") + tensor + " has " +
                               std::to_string(static_cast<std::uint64_t>(elements)) +
                               " elements, expected less than 2^31");
    }
  };
  check("x", 1.0 * d.n * d.h * d.w * d.c);
  check("w", 1.0 * d.k * d.group_c() * d.r * d.s);
  check("y", 1.0 * d.n * d.p() * d.q() * d.k);
}

}  // namespace impasto::IMPASTO_TARGET
