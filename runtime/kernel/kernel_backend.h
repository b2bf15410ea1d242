// The backend over kernels/: compiled once for the host executor and, where there is a CUDA toolkit, once for the GPU.
#pragma once

#include "runtime/backend.h"

#include <memory>
#include <vector>

// The same function of the two builds. `number` is the GPU's ordinal on cuda, the seed of the executor's order on simt.
// Throws Error (no_device) if the device cannot be opened; prepare() throws a usage Error for a forced rung that no
// node of the graph takes.
namespace impasto::simt {
[[nodiscard]] std::unique_ptr<Backend> make_backend(int number, std::vector<ForcedRung> forced = {});
}
namespace impasto::cuda {
[[nodiscard]] std::unique_ptr<Backend> make_backend(int number, std::vector<ForcedRung> forced = {});
}

namespace impasto {

[[nodiscard]] inline std::unique_ptr<Backend> make_simt_backend(std::vector<ForcedRung> forced = {}) {
  return simt::make_backend(0, std::move(forced));
}
// Only where CMake's target impasto_cuda exists.
[[nodiscard]] inline std::unique_ptr<Backend> make_cuda_backend(int ordinal, std::vector<ForcedRung> forced = {}) {
  return cuda::make_backend(ordinal, std::move(forced));
}

}  // namespace impasto
