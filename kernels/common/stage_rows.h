// For rungs that copy tiles ahead of the tensor cores, by cp.async into a ring of stages in shared memory: how the rows
// of a stage lie, and an mma's operands out of them.
#pragma once

#include "kernels/common/ptx.h"

namespace impasto::IMPASTO_TARGET {

inline constexpr int kStages = 3;                // of a ring
inline constexpr int kVectors = 4;               // of a row, 16 bytes each
inline constexpr int kRowHalves = kVectors * 8;  // what a step takes of a sum

// A row of a stage. Vector v of row m lies at v ^ (m / 2 % 4): the eight rows of an 8x8 matrix (one v, eight m) cover
// all 32 banks once, and so do the copies.
//   m:  0 |0|1|2|3|   1 |0|1|2|3|
//       2 |1|0|3|2|   3 |1|0|3|2|
//       4 |2|3|0|1|   ...
using StageRow = uint4[kVectors];
[[nodiscard]] __device__ inline int stage_slot(int m, int v) {
  return v ^ (m / 2 % 4);
}

// Of the 16 rows from `rows` on, a multiple of eight, the 16 halves from vector v on: as operand a, rows 0-7 and 8-15
// at the first vector, then at the second; as the b of two mma, rows 0-7 at both vectors, then rows 8-15.
__device__ inline void load_a(unsigned (&a)[4], const StageRow* rows, int v) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  ldmatrix_x4(a, &rows[lane % 16][stage_slot(lane, v + lane / 16)]);
}
__device__ inline void load_b(unsigned (&b)[4], const StageRow* rows, int v) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  ldmatrix_x4(b, &rows[lane / 16 * 8 + lane % 8][stage_slot(lane, v + lane / 8 % 2)]);
}

}  // namespace impasto::IMPASTO_TARGET
