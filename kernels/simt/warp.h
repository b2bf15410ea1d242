// CUDA's words for what the threads of a warp, or of a grid, do together, with their host meaning. A warp's 32 lanes
// take part in every warp instruction: masks are there because CUDA asks for them, and must name all lanes.
#pragma once

#include "kernels/simt/executor.h"

#include <atomic>
#include <bit>
#include <source_location>

namespace impasto::simt {

// The value that lane `from` brought; lanes count modulo 32.
template <typename T>
[[nodiscard]] T __shfl_sync(unsigned /*mask*/, T mine, int from,
                            std::source_location place = std::source_location::current()) {
  return warp_exchange(mine, place)[static_cast<unsigned>(from) % 32];
}
template <typename T>
[[nodiscard]] T __shfl_xor_sync(unsigned /*mask*/, T mine, int bits,
                                std::source_location place = std::source_location::current()) {
  return warp_exchange(mine, place)[(lane_id() ^ static_cast<unsigned>(bits)) % 32];
}
// The value of the lane `by` further down or up; one's own where there is none.
template <typename T>
[[nodiscard]] T __shfl_down_sync(unsigned /*mask*/, T mine, unsigned by,
                                 std::source_location place = std::source_location::current()) {
  const auto all = warp_exchange(mine, place);
  return lane_id() + by < 32 ? all[lane_id() + by] : mine;
}
template <typename T>
[[nodiscard]] T __shfl_up_sync(unsigned /*mask*/, T mine, unsigned by,
                               std::source_location place = std::source_location::current()) {
  const auto all = warp_exchange(mine, place);
  return lane_id() >= by ? all[lane_id() - by] : mine;
}

// Bit l says what lane l said.
[[nodiscard]] inline unsigned __ballot_sync(unsigned /*mask*/, int vote,
                                            std::source_location place = std::source_location::current()) {
  const auto all = warp_exchange(vote, place);
  unsigned bits = 0;
  for (unsigned lane = 0; lane < 32; ++lane) bits |= (all[lane] != 0 ? 1U : 0U) << lane;
  return bits;
}
[[nodiscard]] inline int __any_sync(unsigned mask, int vote,
                                    std::source_location place = std::source_location::current()) {
  return __ballot_sync(mask, vote, place) != 0 ? 1 : 0;
}
[[nodiscard]] inline int __all_sync(unsigned mask, int vote,
                                    std::source_location place = std::source_location::current()) {
  return __ballot_sync(mask, vote, place) == 0xFFFFFFFFU ? 1 : 0;
}
inline void __syncwarp(unsigned /*mask*/ = 0xFFFFFFFFU, std::source_location place = std::source_location::current()) {
  static_cast<void>(warp_exchange(0, place));
}

// The value before.
template <typename T>
T atomicAdd(T* to, T value) {
  return std::atomic_ref<T>(*to).fetch_add(value);
}
template <typename T>
T atomicOr(T* to, T value) {
  return std::atomic_ref<T>(*to).fetch_or(value);
}
template <typename T>
T atomicMin(T* to, T value) {
  const std::atomic_ref<T> word(*to);
  T before = word.load();
  while (value < before && !word.compare_exchange_weak(before, value)) {
  }
  return before;
}
inline void __threadfence() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

// Zeros above the highest 1 of a word; the place of its lowest 1, counted from 1, or 0 if there is none.
[[nodiscard]] inline int __clz(int word) {
  return std::countl_zero(static_cast<unsigned>(word));
}
[[nodiscard]] inline int __ffs(int word) {
  return word == 0 ? 0 : std::countr_zero(static_cast<unsigned>(word)) + 1;
}

// CUDA's vectors.
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(4) uchar4 {
  unsigned char x, y, z, w;
};

}  // namespace impasto::simt
