// For tests that are compiled once for simt and once for cuda (tests/kernels/conv2d_*, tests/golden/conv2d_*).
#pragma once

#include "kernels/common/target.h"
#include "tests/support.h"

#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

// Leaves the test case where there is no device; with REQUIRE_GPU=1 that is a failure.
#define NEED_DEVICE()                                                                     \
  do {                                                                                    \
    if (impasto::IMPASTO_TARGET::Device::count() == 0) {                                  \
      const char* required = std::getenv("REQUIRE_GPU");                                  \
      if (required != nullptr && std::strcmp(required, "1") == 0) FAIL("no CUDA device"); \
      SKIP_CASE("no CUDA device");                                                        \
    }                                                                                     \
  } while (false)

namespace impasto::IMPASTO_TARGET {

// What to open a Device with: GPU 0, or several seeds of the executor's order. The sanitizers, which are slow, need but
// one: they see a missing barrier and a stray access in any order.
inline std::vector<int> device_numbers() {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  return {20261};
#endif
  return Device::kHostMemory ? std::vector<int>{0, 1, 20261} : std::vector<int>{0};
}

// A copy of host values in device memory of exactly that size.
template <typename T>
class DeviceArray {
 public:
  DeviceArray(Device& device, std::span<const T> values)
      : device_(device), count_(values.size()), memory_(device.allocate(values.size_bytes())) {
    if (!values.empty())
      device_.upload(memory_, reinterpret_cast<const std::byte*>(values.data()), values.size_bytes());
  }
  ~DeviceArray() { Device::release(memory_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(memory_); }
  [[nodiscard]] std::vector<T> download() const {
    std::vector<T> values(count_);
    if (count_ > 0) device_.download(reinterpret_cast<std::byte*>(values.data()), memory_, count_ * sizeof(T));
    return values;
  }

 private:
  Device& device_;
  std::size_t count_;
  std::byte* memory_;
};

}  // namespace impasto::IMPASTO_TARGET
