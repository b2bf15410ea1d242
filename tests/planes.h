// For tests of rungs that make planes of codes: random planes, their bytes, and codes against exact values.
#pragma once

#include "runtime/kernel/planes.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

// Whole codes of every plane of a format.
inline std::vector<std::vector<float>> random_codes(const PixelFormat& format, int h, int w, std::uint64_t seed) {
  std::vector<std::vector<float>> planes;
  for (const Shape& shape : format.plane_shapes(h, w)) {
    planes.push_back(test::random_floats(static_cast<std::size_t>(shape.count()), seed++));
    for (float& v : planes.back()) v = std::floor((v + 1) / 2 * static_cast<float>((1 << format.depth) - 1) + 0.5F);
  }
  return planes;
}

inline std::vector<std::byte> code_bytes(std::span<const float> codes, SampleType type) {
  if (type == SampleType::f32) return to_storage(codes, Storage::f32);
  const std::size_t size = type == SampleType::u8 ? 1 : 2;
  std::vector<std::byte> bytes(codes.size() * size);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto code = static_cast<std::uint16_t>(codes[i]);
    std::memcpy(&bytes[i * size], &code, size);  // the low byte first
  }
  return bytes;
}

// A picture's planes in device memory: copies of codes, or poison.
class DevicePlanes {
 public:
  DevicePlanes(Device& device, const std::vector<std::vector<float>>& planes, SampleType type) {
    for (const auto& codes : planes)
      copies_.push_back(std::make_unique<DeviceArray<std::byte>>(device, code_bytes(codes, type)));
  }
  DevicePlanes(Device& device, const PixelFormat& format, int h, int w) {
    for (const Shape& shape : format.plane_shapes(h, w)) {
      poisoned_.push_back(
          std::make_unique<Poisoned>(device, static_cast<std::size_t>(shape.count()) * size_of(format.dtype())));
    }
  }
  template <typename Pointer>
  void point(Pointer (&planes)[3]) const {
    for (std::size_t i = 0; i < copies_.size(); ++i) planes[i] = copies_[i]->data();
    for (std::size_t i = 0; i < poisoned_.size(); ++i) planes[i] = poisoned_[i]->data();
  }
  [[nodiscard]] std::vector<std::vector<std::byte>> download() const {
    std::vector<std::vector<std::byte>> planes;
    for (const auto& plane : poisoned_) planes.push_back(plane->download());
    return planes;
  }

 private:
  std::vector<std::unique_ptr<DeviceArray<std::byte>>> copies_;
  std::vector<std::unique_ptr<Poisoned>> poisoned_;
};

// Fails the test where a code is further from its exact value than rounding explains (half up, or down if `rounding` is
// 0), and a float sum of a dozen terms, each up to four times the largest code, rounds to 2^-24 each time.
inline void check_codes(const std::vector<std::vector<std::byte>>& planes,
                        const std::vector<std::vector<double>>& expected, const PlaneFormat& format,
                        double rounding = 0.5) {
  REQUIRE(planes.size() == expected.size());
  const double high = static_cast<double>(format.high);
  const double limit = 0.5 + 48 * high * 0x1p-24;
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const std::size_t size = format.type == SampleType::u8 ? 1 : 2;
    REQUIRE(planes[p].size() == expected[p].size() * size);
    for (std::size_t i = 0; i < expected[p].size(); ++i) {
      std::uint16_t code = 0;
      std::memcpy(&code, &planes[p][i * size], size);
      const double middle = std::clamp(expected[p][i], 0.0, high) + rounding - 0.5;
      if (!(std::abs(code - middle) <= limit)) {
        CAPTURE(p, i, code, expected[p][i]);
        FAIL_CHECK("the code is wrong");
        return;
      }
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
