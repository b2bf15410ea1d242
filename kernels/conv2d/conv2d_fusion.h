// What v6 adds to the pipeline: operands normalised on their way to the tensor cores, and moments of what is stored.
#pragma once

#include "kernels/common/norm.h"
#include "kernels/conv2d/conv2d_pipeline.h"

namespace impasto::IMPASTO_TARGET::pipeline {

// Of x's channels, and zeros up to a multiple of 32: mean, then scale, then beta.
struct Terms {
  float* mean;
  int count;

  __device__ Terms(const Conv2dProblem& d, void* memory)
      : mean(static_cast<float*>(memory)), count(blocks_for(d.c, kTaps) * kTaps) {}
  __device__ void fill(const Conv2dProblem& d, const NormTerms* terms) {
    for (int c = static_cast<int>(threadIdx.x); c < count; c += kThreads) {
      const NormTerms t = c < d.c ? terms[c] : NormTerms{0, 0, 0};
      mean[c] = t.mean;
      mean[count + c] = t.scale;
      mean[2 * count + c] = t.beta;
    }
  }
};

// For the rows that a lane has in its fragments, from the lowest bit on: whether they lie in the picture under row r
// and column s of the filter.
template <int rows>
class Inside {
 public:
  __device__ Inside(const Conv2dProblem& d, int first_m) {
    for (int i = 0; i < kBits; ++i) {
      const FilterPlace filter = filter_place(d, first_m + i / 2 * 16 + i % 2 * 8 + lane_of_warp() / 4);
      for (int r = 0; r < d.r; ++r) rows_ |= bit(d.source_row(filter.h + r) >= 0, r * kBits + i);
      for (int s = 0; s < d.s; ++s) columns_ |= bit(d.source_column(filter.w + s) >= 0, s * kBits + i);
    }
  }
  [[nodiscard]] __device__ unsigned under(const Step& step) const {
    return static_cast<unsigned>(rows_ >> (step.r * kBits) & columns_ >> (step.s * kBits));
  }

 private:
  static constexpr int kBits = rows / 8;
  static __device__ unsigned long long bit(bool value, int place) {
    return static_cast<unsigned long long>(value) << place;
  }
  unsigned long long rows_ = 0, columns_ = 0;
};

// Operands for the taps from channel c on become what the normalised x would have held. `least` is the least value, of
// both halves: 0 for relu.
template <int pixels, int channels>
__device__ inline void normalise_operands(Fragments<pixels, channels>& f, const Terms& terms, int c, unsigned inside,
                                          unsigned least) {
  __syncwarp();  // the terms are not loaded earlier: ptxas would have too few registers on sm_86 and sm_89
  for (int e = 0; e < 2; ++e) {
    const float* of = terms.mean + c + e * 8 + lane_of_warp() % 4 * 2;
    const auto mean = *reinterpret_cast<const float2*>(of);
    const auto scale = *reinterpret_cast<const float2*>(of + terms.count);
    const auto beta = *reinterpret_cast<const float2*>(of + 2 * terms.count);
    for (int row = 0; row < pixels / 8; ++row) {
      unsigned& pair = f.a[row / 2][2 * e + row % 2];
      const float low = normalise(NormTerms{mean.x, scale.x, beta.x}, low_half(pair));
      const float high = normalise(NormTerms{mean.y, scale.y, beta.y}, high_half(pair));
      pair = (inside >> row & 1) != 0 ? max_f16x2(pack_f16x2(low, high), least) : 0;
    }
  }
}

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
