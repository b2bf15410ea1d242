// What tensor cores leave in the lanes of a warp, made rows again on its way out through shared memory.
#pragma once

#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

// A warp's sums of 16 rows x channels, a multiple of 32: lanes that have made rectangles store rows. Rows are 8 floats
// longer than that, so that what an mma leaves in the lanes goes to different banks. put() and get() are apart by
// __syncwarp().
template <int channels>
struct WarpSums {
  static constexpr int kVectors = channels / 8;  // of a row: eight sums each
  float4 at[16][channels / 4 + 2];

  // From the mma that lie side by side, as each leaves its sums in the lanes.
  __device__ void put(const float (&sum)[kVectors][4]) {
    for (int j = 0; j < kVectors; ++j) {
      for (int i = 0; i < 2; ++i) {
        float* row = reinterpret_cast<float*>(at[lane() / 4 + i * 8]);
        *reinterpret_cast<float2*>(row + j * 8 + lane() % 4 * 2) = {sum[j][i * 2], sum[j][i * 2 + 1]};
      }
    }
  }
  // Vector lane % kVectors of row m. Half of the lanes begin with the second four, so that no bank is asked twice.
  __device__ void get(int m, float (&sum)[8]) const {
    const int v = lane() % kVectors;
    const int odd = lane() / 4 % 2;
    const float4 p = at[m][2 * v + odd];
    const float4 q = at[m][2 * v + 1 - odd];
    const float4 low = odd != 0 ? q : p;
    const float4 high = odd != 0 ? p : q;
    const float eight[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    for (int n = 0; n < 8; ++n) sum[n] = eight[n];
  }

 private:
  [[nodiscard]] static __device__ int lane() { return static_cast<int>(threadIdx.x) % 32; }
};

}  // namespace impasto::IMPASTO_TARGET
