#include "runtime/tensor.h"

#include <fmt/core.h>

#include <bit>

namespace impasto {

std::size_t size_of(DType type) noexcept {
  switch (type) {
    case DType::u8:
    case DType::i8:
      return 1;
    case DType::u16:
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::f32:
      return 4;
  }
  return 0;
}

std::string_view to_string(DType type) noexcept {
  switch (type) {
    case DType::u8:
      return "u8";
    case DType::i8:
      return "i8";
    case DType::u16:
      return "u16";
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::f32:
      return "f32";
  }
  return "?";
}

std::string to_string(const Shape& shape) {
  return fmt::format("{}x{}x{}x{}", shape.n, shape.h, shape.w, shape.c);
}

namespace {

// Drops the `shift` low bits of `bits`, rounding to nearest, ties to even. A carry moves into the exponent, as it
// should.
std::uint32_t round_off(std::uint32_t bits, int shift) noexcept {
  const std::uint32_t half = 1U << (shift - 1);
  const std::uint32_t odd = (bits >> shift) & 1U;
  return (bits + (half - 1) + odd) >> shift;
}

}  // namespace

std::uint16_t f32_to_f16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  std::uint32_t half = 0;
  if (magnitude > 0x7f800000U) {  // NaN
    half = 0x7e00U;
  } else if (magnitude >= 0x47800000U) {  // 65536 and more, infinity
    half = 0x7c00U;
  } else if (magnitude >= 0x38800000U) {  // normal in half precision; 65520 and more round to infinity by the carry
    half = round_off(magnitude - 0x38000000U, 13);
  } else if (magnitude > 0x33000000U) {  // subnormal in half precision: more than 2^-25
    const int exponent = static_cast<int>(magnitude >> 23);
    half = round_off((magnitude & 0x7fffffU) | 0x800000U, 126 - exponent);
  }
  return static_cast<std::uint16_t>(sign | half);
}

float f16_to_f32(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t magnitude = bits & 0x7fffU;
  if (magnitude >= 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | ((magnitude & 0x3ffU) << 13));
  if (magnitude >= 0x400U) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000U));
  const float value = static_cast<float>(magnitude) * 0x1p-24F;
  return sign != 0 ? -value : value;
}

std::uint16_t f32_to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);  // NaN stays NaN
  return static_cast<std::uint16_t>(round_off(bits, 16));
}

float bf16_to_f32(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace impasto
