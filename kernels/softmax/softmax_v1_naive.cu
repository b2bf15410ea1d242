// softmax v1, naive: the formula of softmax.h, one thread a pixel. With float storage it is the fp32 reference rung.
//
// Below it: nothing but the loop of softmax_ref.cpp, which has become the grid. It costs instructions that move little:
// C + 1 loads of a value and one store of four bytes.
//
//   x:  | pixel 0: x0 x1 .. | pixel 1: x0 x1 .. | ..      thread t of block b makes y of pixel 256 b + t
//
// Bytes: C N H W values of x, 4 N H W of y. FLOPs: about 10 (C - 1) N H W. Needs: x below 2^31 elements.
#include "kernels/softmax/softmax.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    softmax_v1_naive(SoftmaxProblem d, const T* __restrict__ x, float* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(d.n) * d.h * d.w) return;
  const T* const scores = x + static_cast<unsigned>(d.c) * i;
  const float ours = to_float(scores[d.channel]);
  float sum = 1;
  for (int c = 0; c < d.c; ++c) sum += c == d.channel ? 0.0F : expf(to_float(scores[c]) - ours);
  y[i] = 1.0F / sum;
}

template <typename T>
void launch_as(const SoftmaxProblem& d, const SoftmaxArgs& args, Stream stream) {
  const unsigned pixels = static_cast<unsigned>(d.n) * d.h * d.w;
  launch(stream, dim3((pixels + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<softmax_v1_naive<T>>, d,
         static_cast<const T*>(args.x), args.y);
}

}  // namespace

void softmax_v1_launch(const SoftmaxProblem& d, const SoftmaxArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
