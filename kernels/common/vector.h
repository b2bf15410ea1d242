// Several values that are loaded or stored by one instruction.
#pragma once

#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

// At most 16 bytes, at an address that is a multiple of its size.
template <typename T, int n>
struct alignas(n * sizeof(T)) Vector {
  T v[n];
};

template <int n, typename T>
[[nodiscard]] __device__ inline Vector<T, n> load_vector(const T* from) {
  return *reinterpret_cast<const Vector<T, n>*>(from);
}
template <int n, typename T>
__device__ inline void store_vector(T* to, const Vector<T, n>& vector) {
  *reinterpret_cast<Vector<T, n>*>(to) = vector;
}

}  // namespace impasto::IMPASTO_TARGET
