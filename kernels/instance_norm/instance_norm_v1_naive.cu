// instance_norm v1, naive: the formula of instance_norm.h, a block a channel. With float storage it is the fp32
// reference rung.
//
// Below it: nothing but the loops of instance_norm_ref.cpp; the two outer ones have become the grid, the inner ones are
// shared out among the threads of a block. It costs traffic: x is read three times, and neighbouring threads read
// values that lie C apart.
//
//   x of a picture, NHWC:  | pixel 0: c0 c1 .. cC-1 | pixel 1: c0 c1 .. | ...    block c reads the column of its c:
//                                     ^                           ^             one value of each pixel
//
// Thread t of block (c, n) takes pixels t, t + 256, .. of channel c of picture n. Three times: for the mean, for the
// squares of the distances from it, and for y. The first two end in a sum over the block, a tree in shared memory.
//
// Bytes: (3 loaded + 1 stored) N H W C values; a warp's load touches up to 32 memory sectors of 32 bytes for 32 values.
// FLOPs: about 10 N H W C. Needs: x below 2^31 elements.
#include "kernels/instance_norm/instance_norm_value.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
// A multiprocessor. Left to itself ptxas goes for 8, and spills.
constexpr int kBlocks = 6;

struct Sums {
  float at[kThreads];
};

// The sum of what the threads of the block bring, for all of them. Always in the same order.
__device__ float block_sum(Sums& s, float mine) {
  const int thread = static_cast<int>(threadIdx.x);
  s.at[thread] = mine;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (thread < half) s.at[thread] += s.at[thread + half];
    __syncthreads();
  }
  const float sum = s.at[0];
  __syncthreads();  // all have read it before the next sum begins
  return sum;
}

template <typename T, typename Y>
__global__ void __launch_bounds__(kThreads, kBlocks)
    instance_norm_v1_naive(InstanceNormProblem d, const T* __restrict__ x, NormParameters parameters, NormMemory memory,
                           const T* __restrict__ residual, Y* __restrict__ y) {
  auto& s = shared_memory<Sums>();
  const int c = static_cast<int>(blockIdx.x);
  const int first = static_cast<int>(blockIdx.y) * d.pixels() * d.c + c;  // value of the channel
  const auto for_values = [&](const auto& f) {
#pragma unroll 1  // else ptxas spills
    for (int pixel = static_cast<int>(threadIdx.x); pixel < d.pixels(); pixel += kThreads) f(first + pixel * d.c);
  };

  const NormStatistics last = last_statistics(memory, c);  // before a thread replaces it
  // Of distances from the first pixel: they are small where values are far from zero, and zero in a flat picture.
  const float centre = to_float(x[first]);
  float distances = 0;
  for_values([&](int i) { distances += to_float(x[i]) - centre; });
  const float mean = centre + block_sum(s, distances) / static_cast<float>(d.pixels());

  float squares = 0;
  for_values([&](int i) {
    const float distance = to_float(x[i]) - mean;
    squares += distance * distance;
  });
  const float m2 = block_sum(s, squares);

  const NormStatistics statistics = norm_statistics(d, {mean, m2}, memory, last);
  if (threadIdx.x == 0 && memory.last != nullptr) memory.last[c] = statistics;
  const NormTerms terms = norm_terms(d, c, statistics, parameters);
  for_values([&](int i) { store_y(d, terms, i, x, residual, y); });
}

template <typename T, typename Y>
void launch_as(const InstanceNormProblem& d, const InstanceNormArgs& args, Stream stream) {
  launch(stream, dim3(static_cast<unsigned>(d.c), static_cast<unsigned>(d.n)), dim3(kThreads), sizeof(Sums),
         kernel<instance_norm_v1_naive<T, Y>>, d, static_cast<const T*>(args.x), args.parameters, args.memory,
         static_cast<const T*>(args.residual), static_cast<Y*>(args.y));
}

}  // namespace

void instance_norm_v1_launch(const InstanceNormProblem& d, const InstanceNormArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float, float>(d, args, stream);
  } else if (d.to_float) {
    launch_as<half, float>(d, args, stream);
  } else {
    launch_as<half, half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
