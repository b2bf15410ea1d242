// What v6 adds to the pipeline: the moments of what is stored.
#pragma once

#include "kernels/common/norm.h"
#include "kernels/conv2d/conv2d_pipeline.h"

namespace impasto::IMPASTO_TARGET::pipeline {

// Of eight channels: the moments of the values that a lane has stored, then of more lanes'.
struct Moments8 {
  Moments of[8] = {};
  float count = 0;

  __device__ void add(const Half8& values) {
    count += 1;
    const float share = 1 / count;
    for (int n = 0; n < 8; ++n) {
      const float value = to_float(values.v[n]);
      const float distance = value - of[n].mean;
      of[n].mean += distance * share;
      of[n].m2 += distance * (value - of[n].mean);
    }
  }
  __device__ void merge(const Moments8& other) {
    if (other.count == 0) return;
    for (int n = 0; n < 8; ++n) of[n] = merged(of[n], count, other.of[n], other.count);
    count += other.count;
  }
  // The lanes of a channel are `apart` and more lanes apart; the first has the sum afterwards.
  __device__ void merge_lanes(int apart) {
    for (; apart < 32; apart *= 2) {
      Moments8 other;
      other.count = __shfl_xor_sync(0xFFFFFFFF, count, apart);
      for (int n = 0; n < 8; ++n) {
        other.of[n].mean = __shfl_xor_sync(0xFFFFFFFF, of[n].mean, apart);
        other.of[n].m2 = __shfl_xor_sync(0xFFFFFFFF, of[n].m2, apart);
      }
      merge(other);
    }
  }
};

}  // namespace impasto::IMPASTO_TARGET::pipeline
