// CUDA's half on the host: 16 bits, converted as IEEE 754 binary16, round to nearest even.
#pragma once

#include <bit>
#include <cstdint>

namespace impasto::simt {

struct half {
  std::uint16_t bits;
};

[[nodiscard]] inline float __half2float(half value) {
  const std::uint32_t sign = std::uint32_t{value.bits & 0x8000U} << 16;
  const std::uint32_t exponent = value.bits >> 10 & 0x1FU;
  const std::uint32_t mantissa = value.bits & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24 is exact
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  const std::uint32_t rebiased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | rebiased << 23 | mantissa << 13);
}

[[nodiscard]] inline half __float2half_rn(float value) {
  const std::uint32_t all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = all >> 16 & 0x8000U;
  const std::uint32_t magnitude = all & 0x7FFFFFFFU;
  std::uint32_t bits = 0;
  if (magnitude > 0x7F800000U) {
    bits = 0x7FFFU;                       // NaN, as CUDA has it
  } else if (magnitude >= 0x47800000U) {  // 2^16 and more
    bits = 0x7C00U;
  } else if (magnitude < 0x38800000U) {  // below 2^-14: an ulp of a half subnormal is an ulp of 0.5F
    bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  } else {  // rounding may carry into the exponent, up to infinity
    bits = (magnitude + 0xFFFU + (magnitude >> 13 & 1U) - 0x38000000U) >> 13;
  }
  return {static_cast<std::uint16_t>(sign | bits)};
}

}  // namespace impasto::simt
