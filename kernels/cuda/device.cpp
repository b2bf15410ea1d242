#include "kernels/cuda/device.h"

#include <stdexcept>

namespace impasto::cuda {

void check(cudaError_t status, std::string_view what, std::source_location place) {
  if (status == cudaSuccess) return;
  throw std::runtime_error(std::string(place.file_name()) + ":" + std::to_string(place.line()) + ": " +
                           std::string(what) + ": " + cudaGetErrorString(status));
}

void check_launch(std::string_view kernel) {
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) throw std::runtime_error(std::string(kernel) + ": " + cudaGetErrorString(status));
}

void allow_shared_bytes(const void* kernel, std::size_t bytes) {
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
        "cudaFuncSetAttribute to " + std::to_string(bytes) + " bytes of shared memory");
}

int Device::count() {
  int devices = 0;
  return cudaGetDeviceCount(&devices) == cudaSuccess ? devices : 0;
}

Device::Device(int ordinal) : ordinal_(ordinal) {
  const int devices = count();
  if (ordinal < 0 || ordinal >= devices) {
    throw std::runtime_error("there is no GPU " + std::to_string(ordinal) + ": CUDA finds " + std::to_string(devices));
  }
  check(cudaSetDevice(ordinal), "cudaSetDevice");
  int major = 0;
  int minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, ordinal), "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, ordinal), "cudaDeviceGetAttribute");
  if (major < 8) {
    throw std::runtime_error(name() + " has compute capability " + std::to_string(major) + "." + std::to_string(minor) +
                             ", expected 8.0 or more");
  }
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
}

Device::~Device() {
  cudaStreamDestroy(stream_);
}

std::string Device::name() const {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal_), "cudaGetDeviceProperties");
  return properties.name;
}

std::byte* Device::allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc of " + std::to_string(bytes) + " bytes");
  return static_cast<std::byte*>(memory);
}

void Device::release(std::byte* memory) noexcept {
  cudaFree(memory);
}

void Device::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_), "upload");
  synchronise();
}

void Device::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "download");
  synchronise();
}

void Device::synchronise() {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
}

}  // namespace impasto::cuda
