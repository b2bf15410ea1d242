#include "bench/rival.h"

namespace impasto::IMPASTO_TARGET {

std::optional<Rival> conv2d_rival(const Conv2dProblem& /*problem*/, BenchMemory& /*memory*/, Device& /*device*/) {
  return std::nullopt;
}

}  // namespace impasto::IMPASTO_TARGET
