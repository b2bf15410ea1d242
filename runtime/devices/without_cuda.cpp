#include "runtime/devices/cuda.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

namespace impasto {

std::unique_ptr<Backend> open_cuda(int /*ordinal*/, std::vector<ForcedRung> /*forced*/) {
  throw Error("this build has no device cuda: it was made without a CUDA toolkit", ErrorKind::no_device);
}

int cuda_count() {
  return 0;
}

std::string cuda_architectures() {
  return "none";
}

}  // namespace impasto
