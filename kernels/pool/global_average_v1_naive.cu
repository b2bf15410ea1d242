// global_average v1, naive: the mean of global_average.h, a block a channel. With float storage it is the fp32
// reference rung.
//
// Below it: nothing but the loops of global_average_ref.cpp; the channels have become the grid, the pixels are shared
// out among the threads of a block. It costs traffic: neighbouring threads read values that lie C apart.
//
//   x of a picture, NHWC:  | pixel 0: c0 c1 .. cC-1 | pixel 1: c0 c1 .. | ...    block c reads the column of its c
//
// Thread t of block (c, n) adds up pixels t, t + 256, ..; then the block adds up its threads' sums, as a tree.
//
// Bytes: N H W C values; a warp's load touches up to 32 memory sectors of 32 bytes for 32 values. FLOPs: N H W C.
// Needs: x below 2^31 elements.
#include "kernels/pool/global_average.h"
#include "kernels/pool/global_average_rows.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

struct Sums {
  float at[kThreads];
};

template <typename T>
__global__ void __launch_bounds__(kThreads)
    global_average_v1_naive(GlobalAverageProblem d, const T* __restrict__ x, T* __restrict__ y) {
  auto& s = shared_memory<Sums>();
  const int c = static_cast<int>(blockIdx.x);
  const int n = static_cast<int>(blockIdx.y);
  const T* channel = x + n * d.pixels() * d.c + c;
  float mine = 0;
  for (int pixel = static_cast<int>(threadIdx.x); pixel < d.pixels(); pixel += kThreads) {
    mine += to_float(channel[pixel * d.c]);
  }
  const float sum = add_rows(s.at, 1, mine);
  if (threadIdx.x == 0) y[n * d.c + c] = from_float<T>(sum / static_cast<float>(d.pixels()));
}

template <typename T>
void launch_as(const GlobalAverageProblem& d, const GlobalAverageArgs& args, Stream stream) {
  launch(stream, dim3(static_cast<unsigned>(d.c), static_cast<unsigned>(d.n)), dim3(kThreads), sizeof(Sums),
         kernel<global_average_v1_naive<T>>, d, static_cast<const T*>(args.x), static_cast<T*>(args.y));
}

}  // namespace

void global_average_v1_launch(const GlobalAverageProblem& d, const GlobalAverageArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
