// A GPU as a device: memory and a stream of its own.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>

namespace impasto::cuda {

using ::dim3;
using ::half;

using Stream = cudaStream_t;

// Throws std::runtime_error with place, `what` and CUDA's text unless `status` is success.
void check(cudaError_t status, std::string_view what, std::source_location place = std::source_location::current());
// The same for the launch just made.
void check_launch(std::string_view kernel);

// What a block may have of shared memory without asking; and asking.
inline constexpr std::size_t kStaticSharedBytes = 48 * 1024;
void allow_shared_bytes(const void* kernel, std::size_t bytes);

// A stretch of host time that profilers show by name (NVTX), until the end of its scope.
class Range {
 public:
  explicit Range(const std::string& name);
  ~Range();
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
};

class Device {
 public:
  static constexpr std::string_view kTarget = "cuda";
  static constexpr bool kHostMemory = false;

  // GPUs that CUDA finds; 0 where there is no driver.
  [[nodiscard]] static int count();
  // What this build has code for, in CMake's words: "80, 86-real, 90-real".
  [[nodiscard]] static std::string_view architectures();
  // Opens GPU `ordinal`. Throws if there is no driver, or one that is too old, no such GPU, its compute capability is
  // below 8.0, or this build has no code for it.
  explicit Device(int ordinal = 0);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] std::string name() const;
  // Kernels are launched into stream(). Copies into the two others run beside them.
  [[nodiscard]] Stream stream() const { return stream_; }
  [[nodiscard]] Stream upload_stream() const { return upload_stream_; }
  [[nodiscard]] Stream download_stream() const { return download_stream_; }

  // Both throw std::bad_alloc if there is not enough memory.
  [[nodiscard]] std::byte* allocate(std::size_t bytes);
  static void release(std::byte* memory) noexcept;
  // Host memory that is pinned: copies from and to it run beside the host.
  [[nodiscard]] static std::byte* allocate_host(std::size_t bytes);
  static void release_host(std::byte* memory) noexcept;

  // Copies in the stream's order; both return when the bytes have moved.
  void upload(std::byte* device, const std::byte* host, std::size_t bytes);
  void download(std::byte* host, const std::byte* device, std::size_t bytes);
  // Sets every byte in the stream's order.
  void fill(std::byte* device, std::byte value, std::size_t bytes);
  void synchronise();

 private:
  void require_code() const;

  int ordinal_;
  Stream stream_ = nullptr;
  Stream upload_stream_ = nullptr;
  Stream download_stream_ = nullptr;
};

}  // namespace impasto::cuda
