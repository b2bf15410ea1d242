#include "kernels/cuda/probe.h"

namespace impasto::cuda {

namespace {
__global__ void nothing() {}
}  // namespace

const void* probe_kernel() {
  return reinterpret_cast<const void*>(nothing);
}

}  // namespace impasto::cuda
