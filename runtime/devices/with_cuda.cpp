#include "kernels/cuda/device.h"
#include "runtime/devices/cuda.h"
#include "runtime/devices/devices.h"
#include "runtime/kernel/kernel_backend.h"

namespace impasto {

std::unique_ptr<Backend> open_cuda(int ordinal, std::vector<ForcedRung> forced) {
  return make_cuda_backend(ordinal, std::move(forced));
}

int cuda_count() {
  return cuda::Device::count();
}

std::string cuda_architectures() {
  return std::string(cuda::Device::architectures());
}

}  // namespace impasto
