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

// What to open a Device with: GPU 0, or several seeds of the executor's order. ThreadSanitizer needs but one: it sees a
// missing barrier in any order.
inline std::vector<int> device_numbers() {
#ifdef __SANITIZE_THREAD__
  return {20261};
#endif
  return Device::kHostMemory ? std::vector<int>{0, 1, 20261} : std::vector<int>{0};
}

// The problems of a list that a test runs. ThreadSanitizer, which is slow, and sees a missing barrier on any problem
// that has one, gets every fifth.
#ifdef __SANITIZE_THREAD__
inline constexpr std::size_t kEvery = 5;
#else
inline constexpr std::size_t kEvery = 1;
#endif
template <typename Case, std::size_t n>
std::vector<Case> problems(const Case (&all)[n]) {
  std::vector<Case> some;
  for (std::size_t i = 0; i < n; i += kEvery) some.push_back(all[i]);
  return some;
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
