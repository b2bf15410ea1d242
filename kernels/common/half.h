// How activations and weights are stored (float or half), and the way to and from the float that kernels compute in.
#pragma once

#include "kernels/common/target.h"

#include <cstddef>

namespace impasto::IMPASTO_TARGET {

enum class Storage { f32, f16 };

[[nodiscard]] constexpr std::size_t size_of(Storage storage) {
  return storage == Storage::f32 ? 4 : 2;
}

[[nodiscard]] __host__ __device__ inline float to_float(float value) {
  return value;
}
[[nodiscard]] __host__ __device__ inline float to_float(half value) {
  return __half2float(value);
}
[[nodiscard]] __host__ __device__ inline float to_float(unsigned char value) {
  return static_cast<float>(value);
}

// Rounded to nearest even.
template <typename T>
[[nodiscard]] __host__ __device__ inline T from_float(float value);
template <>
[[nodiscard]] __host__ __device__ inline float from_float<float>(float value) {
  return value;
}
template <>
[[nodiscard]] __host__ __device__ inline half from_float<half>(float value) {
  return __float2half_rn(value);
}

// Eight halves that are loaded or stored at once.
struct alignas(16) Half8 {
  half v[8];
};

}  // namespace impasto::IMPASTO_TARGET
