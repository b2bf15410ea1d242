// For tests of rungs, compiled once for simt and once for cuda: values as a storage holds them, poisoned and guarded
// memory, and comparison with a reference.
#pragma once

#include "kernels/common/half.h"
#include "runtime/tensor.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

// Uniform in -1..1, exact in the storage.
inline std::vector<float> random_values(std::size_t count, std::uint64_t seed, Storage storage) {
  std::vector<float> values = test::random_floats(count, seed);
  if (storage == Storage::f16) {
    for (float& v : values) v = f16_to_f32(f32_to_f16(v));
  }
  return values;
}

// For the error of a sum, which is bounded by the sum of magnitudes.
inline std::vector<float> magnitudes(std::vector<float> values) {
  for (float& v : values) v = std::abs(v);
  return values;
}

inline std::vector<std::byte> to_storage(std::span<const float> values, Storage storage) {
  std::vector<std::byte> bytes(values.size() * size_of(storage));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = f32_to_f16(values[i]);
    if (storage == Storage::f16) std::memcpy(&bytes[i * 2], &bits, 2);
    if (storage == Storage::f32) std::memcpy(&bytes[i * 4], &values[i], 4);
  }
  return bytes;
}

inline std::vector<float> from_storage(std::span<const std::byte> bytes, Storage storage) {
  std::vector<float> values(bytes.size() / size_of(storage));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t bits = 0;
    if (storage == Storage::f16) std::memcpy(&bits, &bytes[i * 2], 2);
    if (storage == Storage::f16) values[i] = f16_to_f32(bits);
    if (storage == Storage::f32) std::memcpy(&values[i], &bytes[i * 4], 4);
  }
  return values;
}

// Device memory full of NaN (of every storage), with guard bytes on both sides. On the host executor it is a heap block
// of exactly its size as well, where AddressSanitizer guards it: then there are no guard bytes.
class Poisoned {
 public:
  Poisoned(Device& device, std::size_t bytes)
      : bytes_(bytes), memory_(device, std::vector<std::byte>(bytes + 2 * kGuard, kPoison)) {}
  [[nodiscard]] std::byte* data() const { return memory_.data() + kGuard; }
  // Fails the test if a guard byte has changed.
  [[nodiscard]] std::vector<std::byte> download() const {
    const std::vector<std::byte> all = memory_.download();
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(kGuard);
    const auto end = begin + static_cast<std::ptrdiff_t>(bytes_);
    const auto poison = [](std::byte b) { return b == kPoison; };
    CHECK(std::all_of(all.begin(), begin, poison));
    CHECK(std::all_of(end, all.end(), poison));
    return {begin, end};
  }

 private:
  static constexpr std::byte kPoison{0xFF};
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::size_t kGuard = 0;
#else
  static constexpr std::size_t kGuard = 256;
#endif
  std::size_t bytes_;
  DeviceArray<std::byte> memory_;
};

// Fails the test at the first value that is not within its limit; NaN never is.
inline void check_close(std::span<const float> values, std::span<const double> expected,
                        std::span<const double> limits) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = std::abs(static_cast<double>(values[i]) - expected[i]);
    if (!(error <= limits[i])) {
      CAPTURE(i, values[i], expected[i], limits[i]);
      FAIL_CHECK("the value is wrong");
      return;
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
