#include "kernels/cuda/device.h"

#include "kernels/cuda/probe.h"

#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define IMPASTO_HAVE_NVTX
#endif

#include <new>
#include <stdexcept>

namespace impasto::cuda {

namespace {

// CUDA gives 13020 for 13.2.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// Number of GPUs. Throws if CUDA cannot be used at all.
int require_gpus() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorInsufficientDriver) {  // also where there is none
    int driver = 0;
    int runtime = 0;
    check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
    if (driver == 0) throw std::runtime_error("there is no NVIDIA driver");
    throw std::runtime_error("the NVIDIA driver is too old: it supports CUDA " + version_text(driver) +
                             ", expected CUDA " + version_text(runtime) + " or later");
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0)) {
    throw std::runtime_error("the NVIDIA driver finds no GPU");
  }
  check(status, "cudaGetDeviceCount");
  return devices;
}

std::byte* allocated(cudaError_t status, void* memory, std::size_t bytes, std::string_view what) {
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // or the next launch would be blamed
    throw std::bad_alloc();
  }
  check(status, std::string(what) + " of " + std::to_string(bytes) + " bytes");
  return static_cast<std::byte*>(memory);
}

}  // namespace

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

Range::Range([[maybe_unused]] const std::string& name) {
#ifdef IMPASTO_HAVE_NVTX
  nvtxRangePushA(name.c_str());
#endif
}

Range::~Range() {
#ifdef IMPASTO_HAVE_NVTX
  nvtxRangePop();
#endif
}

int Device::count() {
  int devices = 0;
  return cudaGetDeviceCount(&devices) == cudaSuccess ? devices : 0;
}

std::string_view Device::architectures() {
  return IMPASTO_CUDA_ARCHITECTURES;
}

Device::Device(int ordinal) : ordinal_(ordinal) {
  const int devices = require_gpus();
  if (ordinal < 0 || ordinal >= devices) {
    throw std::runtime_error("there is no GPU " + std::to_string(ordinal) + ": CUDA finds " + std::to_string(devices));
  }
  check(cudaSetDevice(ordinal), "cudaSetDevice");
  require_code();
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  check(cudaStreamCreateWithFlags(&upload_stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  check(cudaStreamCreateWithFlags(&download_stream_, cudaStreamNonBlocking), "cudaStreamCreate");
}

Device::~Device() {
  cudaStreamDestroy(stream_);
  cudaStreamDestroy(upload_stream_);
  cudaStreamDestroy(download_stream_);
}

void Device::require_code() const {
  int major = 0;
  int minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, ordinal_), "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, ordinal_), "cudaDeviceGetAttribute");
  const std::string gpu = name() + " has compute capability " + std::to_string(major) + "." + std::to_string(minor);
  if (major < 8) throw std::runtime_error(gpu + ", expected 8.0 or more");
  cudaFuncAttributes attributes{};
  const cudaError_t status = cudaFuncGetAttributes(&attributes, probe_kernel());
  if (status == cudaSuccess) return;
  cudaGetLastError();
  throw std::runtime_error(gpu + ", and this build has no code for it (" + cudaGetErrorString(status) +
                           "); it was compiled for " + std::string(architectures()));
}

std::string Device::name() const {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal_), "cudaGetDeviceProperties");
  return properties.name;
}

std::byte* Device::allocate(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  return allocated(status, memory, bytes, "cudaMalloc");
}

void Device::release(std::byte* memory) noexcept {
  cudaFree(memory);
}

std::byte* Device::allocate_host(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMallocHost(&memory, bytes);
  return allocated(status, memory, bytes, "cudaMallocHost");
}

void Device::release_host(std::byte* memory) noexcept {
  cudaFreeHost(memory);
}

void Device::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_), "upload");
  synchronise();
}

void Device::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "download");
  synchronise();
}

void Device::fill(std::byte* device, std::byte value, std::size_t bytes) {
  check(cudaMemsetAsync(device, std::to_integer<int>(value), bytes, stream_), "cudaMemsetAsync");
}

void Device::synchronise() {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
}

}  // namespace impasto::cuda
