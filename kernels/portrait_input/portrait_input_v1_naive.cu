// portrait_input v1, naive: the formula of portrait_input.h, one thread a pixel. With float storage it is the fp32
// reference rung.
//
// Below it: nothing but the loop of portrait_input_ref.cpp, which has become the grid. It costs stores of one value
// with a pixel's gap between the lanes: each of a warp's C stores touches all of its sectors.
//
//   rgb: | R G B | R G B | ..    y: | B G R (x y mask) | B G R (x y mask) | ..      thread t of block b: pixel 256 b +
//   t
//
// Bytes: 3 H W of rgb, or 12 of floats, C H W values of y, the mask once. FLOPs: 6 H W, with a face about 40 H W.
// Needs: y below 2^31 elements.
#include "kernels/portrait_input/portrait_input.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads) portrait_input_v1_naive(PortraitInputProblem d, PortraitInputArgs args) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(d.h) * d.w) return;
  const PortraitPixel pixel = portrait_pixel(d, args, static_cast<int>(i));
  T* const y = static_cast<T*>(args.y) + i * d.channels();
  for (int c = 0; c < 6; ++c) {
    if (c < d.channels()) y[c] = from_float<T>(pixel.channel[c]);
  }
}

template <typename T>
void launch_as(const PortraitInputProblem& d, const PortraitInputArgs& args, Stream stream) {
  launch(stream, dim3(blocks_for(d.h * d.w, kThreads)), dim3(kThreads), 0, kernel<portrait_input_v1_naive<T>>, d, args);
}

}  // namespace

void portrait_input_v1_launch(const PortraitInputProblem& d, const PortraitInputArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
