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

class Device {
 public:
  static constexpr std::string_view kTarget = "cuda";
  static constexpr bool kHostMemory = false;

  // The GPUs that can be used; 0 where there is no driver.
  [[nodiscard]] static int count();
  // Opens GPU `ordinal`. Throws if there is no such GPU or its compute capability is below 8.0.
  explicit Device(int ordinal = 0);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] std::string name() const;
  [[nodiscard]] Stream stream() const { return stream_; }

  [[nodiscard]] std::byte* allocate(std::size_t bytes);
  static void release(std::byte* memory) noexcept;
  // Copies in the stream's order; both return when the bytes have moved.
  void upload(std::byte* device, const std::byte* host, std::size_t bytes);
  void download(std::byte* host, const std::byte* device, std::size_t bytes);
  void synchronise();

 private:
  int ordinal_;
  Stream stream_ = nullptr;
};

}  // namespace impasto::cuda
