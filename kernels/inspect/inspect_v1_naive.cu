// inspect v1, naive: the extents of inspect.h, a block a channel.
//
// Below it: nothing but the loops of inspect_ref.cpp; the channels have become the grid, the pixels are shared out
// among the threads of a block. It costs time: three blocks at most, on a GPU that has room for hundreds.
//
//   x:  | pixel 0: r g b | pixel 1: r g b | ..      block c reads the column of its c
//
// Thread t of block c takes pixels t, t + 256, ..; then the block puts its threads' extents together, as a tree. Least,
// largest and count are the same in whatever order.
//
// Bytes: H W C values. FLOPs: two comparisons a value. Needs: C = 1 or 3; x below 2^31 elements.
#include "kernels/inspect/inspect.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

struct Extents {
  Extent at[kThreads];
};

template <typename T>
__global__ void __launch_bounds__(kThreads)
    inspect_v1_naive(InspectProblem d, const T* __restrict__ x, float* __restrict__ y) {
  auto& s = shared_memory<Extents>();
  const int thread = static_cast<int>(threadIdx.x);
  const int c = static_cast<int>(blockIdx.x);
  Extent mine;
  for (int pixel = thread; pixel < d.h * d.w; pixel += kThreads) take(mine, extent_of(x[pixel * d.c + c]));
  s.at[thread] = mine;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) take(s.at[thread], s.at[thread + half]);
  }
  if (thread == 0) store(s.at[0], c, y);
}

template <typename T>
void launch_as(const InspectProblem& d, const InspectArgs& args, Stream stream) {
  launch(stream, dim3(static_cast<unsigned>(d.c)), dim3(kThreads), sizeof(Extents), kernel<inspect_v1_naive<T>>, d,
         static_cast<const T*>(args.x), args.y);
}

}  // namespace

void inspect_v1_launch(const InspectProblem& d, const InspectArgs& args, Stream stream) {
  check_inspect(d);
  if (d.bytes) {
    launch_as<unsigned char>(d, args, stream);
  } else {
    launch_as<float>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
