// What this build has of the device cuda: with_cuda.cpp, or without_cuda.cpp where there was no toolkit.
#pragma once

#include "runtime/backend.h"

#include <memory>
#include <string>
#include <vector>

namespace impasto {

// Throws Error (no_device).
[[nodiscard]] std::unique_ptr<Backend> open_cuda(int ordinal, std::vector<ForcedRung> forced);
// GPUs that CUDA finds, usable or not.
[[nodiscard]] int cuda_count();

}  // namespace impasto
