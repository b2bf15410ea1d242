// Words in memory that other threads may change at the same time. Atomic changes are CUDA's own words (atomicMin, ...).
#pragma once

#include "kernels/common/target.h"

#ifndef IMPASTO_ON_CUDA
#include <atomic>
#endif

namespace impasto::IMPASTO_TARGET {

// Some value that the word has had since the last barrier; and a new one, without an order between words.
[[nodiscard]] __device__ inline unsigned load_relaxed(const unsigned* from) {
#ifdef IMPASTO_ON_CUDA
  return *static_cast<const volatile unsigned*>(from);
#else
  return std::atomic_ref<unsigned>(*const_cast<unsigned*>(from)).load(std::memory_order_relaxed);
#endif
}
__device__ inline void store_relaxed(unsigned* to, unsigned value) {
#ifdef IMPASTO_ON_CUDA
  *static_cast<volatile unsigned*>(to) = value;
#else
  std::atomic_ref<unsigned>(*to).store(value, std::memory_order_relaxed);
#endif
}

}  // namespace impasto::IMPASTO_TARGET
