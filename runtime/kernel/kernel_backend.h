// The backend over kernels/: compiled once for the host executor and, where there is a CUDA toolkit, once for the GPU.
#pragma once

#include "runtime/backend.h"

#include <memory>

// The same function of the two builds. `number` is the GPU's ordinal on cuda, the seed of the executor's order on simt.
// Throws Error (no_device) if the device cannot be opened.
namespace impasto::simt {
[[nodiscard]] std::unique_ptr<Backend> make_backend(int number);
}
namespace impasto::cuda {
[[nodiscard]] std::unique_ptr<Backend> make_backend(int number);
}

namespace impasto {

[[nodiscard]] inline std::unique_ptr<Backend> make_simt_backend(int seed = 0) {
  return simt::make_backend(seed);
}
// Only where CMake's target impasto_cuda exists.
[[nodiscard]] inline std::unique_ptr<Backend> make_cuda_backend(int ordinal = 0) {
  return cuda::make_backend(ordinal);
}

}  // namespace impasto
