// Another library's way to run the same problem: bench/cudnn where CMake finds cuDNN, else bench/no_rival.
#pragma once

#include "bench/memory.h"
#include "kernels/conv2d/conv2d.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace impasto::IMPASTO_TARGET {

struct Rival {
  std::string name;  // with its version and what it chose
  std::size_t workspace_bytes;
  std::function<void()> launch;  // on the device's stream
};

// None if there is no such library, or if it has nothing for the problem. Memory of `memory`.
[[nodiscard]] std::optional<Rival> conv2d_rival(const Conv2dProblem& problem, BenchMemory& memory, Device& device);

}  // namespace impasto::IMPASTO_TARGET
