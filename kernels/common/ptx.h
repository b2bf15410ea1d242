// PTX instructions that CUDA C++ has no words for, one function each, and what each means on the host. A warp
// instruction is executed by the 32 threads of a warp together: the lanes. PTX ISA 8.0, sections 9.7.8 and 9.7.13.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/target.h"

#include <cstring>

namespace impasto::IMPASTO_TARGET {

// ldmatrix.x4: loads four 8x8 matrices of halves from shared memory. Lane 8 i + j brings the address of row j of matrix
// i, 16 bytes, aligned. Lane l receives in fragment[i] elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4 of matrix i.
__device__ inline void ldmatrix_x4(unsigned (&fragment)[4], const void* row) {
#ifdef IMPASTO_ON_CUDA
  const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
               : "r"(address)
               : "memory");
#else
  const auto rows = warp_exchange(row);
  const unsigned lane = lane_id();
  for (unsigned i = 0; i < 4; ++i) {
    std::memcpy(&fragment[i], static_cast<const std::byte*>(rows[8 * i + lane / 4]) + lane % 4 * 4, 4);
  }
#endif
}

// mma.m16n8k16: c += a b for a 16x16 of halves, b 16x8 of halves, c 16x8 of floats. With g = lane / 4, t = 2 (lane % 4)
// a lane holds
//   a[0], a[1]   row g, then g + 8, columns t and t + 1;   a[2], a[3]   the same rows, columns t + 8 and t + 9
//   b[0], b[1]   column g, rows t and t + 1, then t + 8 and t + 9
//   c[0], c[1]   row g, columns t and t + 1;               c[2], c[3]   row g + 8, the same columns
__device__ inline void mma_m16n8k16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
#ifdef IMPASTO_ON_CUDA
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  struct Floats {
    float a[4][2], b[2][2];
  } mine;
  const auto unpack = [](float(&to)[2], unsigned halves) {
    to[0] = __half2float({static_cast<std::uint16_t>(halves)});
    to[1] = __half2float({static_cast<std::uint16_t>(halves >> 16)});
  };
  for (unsigned i = 0; i < 4; ++i) unpack(mine.a[i], a[i]);
  unpack(mine.b[0], b0);
  unpack(mine.b[1], b1);
  const auto warp = warp_exchange(mine);
  const unsigned row = lane_id() / 4 * 4;
  const unsigned column = lane_id() % 4 * 8;
  for (unsigned i = 0; i < 4; ++i) {      // of c
    for (unsigned e = 0; e < 16; ++e) {   // of the sum
      const unsigned holder = e % 8 / 2;  // among the four lanes of a row of a, or of a column of b
      c[i] += warp[row + holder].a[i / 2 + e / 8 * 2][e % 2] * warp[column + i % 2 * 4 + holder].b[e / 8][e % 2];
    }
  }
#endif
}

// cvt.rn.f16x2.f32: two floats as halves in one register, `low` in its low bits.
[[nodiscard]] __device__ inline unsigned pack_f16x2(float low, float high) {
#ifdef IMPASTO_ON_CUDA
  unsigned pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#else
  return __float2half_rn(low).bits | unsigned{__float2half_rn(high).bits} << 16;
#endif
}

// cp.async.ca: 16 bytes from global to shared memory, both aligned, or 16 zeros if `valid` is false: then nothing is
// read. L1 keeps what came. The bytes are there for the thread that has waited for their group, for the block after a
// barrier.
__device__ inline void cp_async_16(void* shared, const void* global, bool valid) {
#ifdef IMPASTO_ON_CUDA
  const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(global), "r"(valid ? 16 : 0)
               : "memory");
#else
  copy_later(shared, valid ? global : nullptr, 16);
#endif
}

// Ends a group: the copies that the thread has begun since the group before.
__device__ inline void cp_async_commit() {
#ifdef IMPASTO_ON_CUDA
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  end_copy_group();
#endif
}

// Waits for all of the thread's groups but the newest `groups`.
template <int groups>
__device__ inline void cp_async_wait() {
#ifdef IMPASTO_ON_CUDA
  asm volatile("cp.async.wait_group %0;" ::"n"(groups) : "memory");
#else
  wait_for_copies(groups);
#endif
}

}  // namespace impasto::IMPASTO_TARGET
