// The cpu device: convolutions by oneDNN, the rest by our own vector code, on all cores through OpenMP.
#pragma once

#include "runtime/backend.h"

#include <memory>

namespace impasto {

// Runs on `threads` threads; 0: one for each core that this process may use. Precisions fp32, and bf16 where
// cpu_has_bf16(). Graph inputs and outputs are host memory.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(int threads = 0);

// Whether the processor multiplies bf16 by itself (AVX-512 bf16 or AMX), as oneDNN sees it.
[[nodiscard]] bool cpu_has_bf16();

}  // namespace impasto
