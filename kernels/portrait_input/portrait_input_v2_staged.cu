// portrait_input v2, staged: the formula of portrait_input.h, stores of 16 bytes.
//
// Against v1: a block's values, which are one run of y, wait in shared memory until they leave in vectors: a warp's
// store fills 16 sectors, where v1's C stores touched as many each. It costs a barrier, and a conflict of the banks: a
// pixel's channels lie beside each other, so that lanes write with a stride of C values.
//
//   threads make pixels:   | B G R x y m | B G R x y m | ..  shared memory, 256 pixels of C values
//   threads store vectors: |   thread 0   |   thread 1   | ..  16 bytes each, the same bytes
//
// Bytes, FLOPs: as v1. Needs: y at an address divisible by 16; y below 2^31 elements.
#include "kernels/common/vector.h"
#include "kernels/portrait_input/portrait_input.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T, int channels>
struct alignas(16) Staged {
  T value[kThreads * channels];
};

template <typename T, int channels>
__global__ void __launch_bounds__(kThreads) portrait_input_v2_staged(PortraitInputProblem d, PortraitInputArgs args) {
  auto& s = shared_memory<Staged<T, channels>>();
  const int first = static_cast<int>(blockIdx.x) * kThreads, t = static_cast<int>(threadIdx.x);
  if (first + t < d.h * d.w) {
    const PortraitPixel pixel = portrait_pixel(d, args, first + t);
    for (int c = 0; c < channels; ++c) s.value[t * channels + c] = from_float<T>(pixel.channel[c]);
  }
  __syncthreads();
  constexpr int kVector = 16 / sizeof(T);
  const int left = d.h * d.w - first;
  const int count = (left < kThreads ? left : kThreads) * channels;
  T* const y = static_cast<T*>(args.y) + first * channels;
  for (int i = t; i < count / kVector; i += kThreads) {
    store_vector(y + i * kVector, load_vector<kVector>(s.value + i * kVector));
  }
  for (int i = count / kVector * kVector + t; i < count; i += kThreads) y[i] = s.value[i];
}

template <typename T, int channels>
void launch_as(const PortraitInputProblem& d, const PortraitInputArgs& args, Stream stream) {
  launch(stream, dim3(blocks_for(d.h * d.w, kThreads)), dim3(kThreads), sizeof(Staged<T, channels>),
         kernel<portrait_input_v2_staged<T, channels>>, d, args);
}

}  // namespace

void portrait_input_v2_launch(const PortraitInputProblem& d, const PortraitInputArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("portrait_input_v2_staged", {args.y});
  if (d.storage == Storage::f32) {
    d.channels() == 6 ? launch_as<float, 6>(d, args, stream) : launch_as<float, 3>(d, args, stream);
  } else {
    d.channels() == 6 ? launch_as<half, 6>(d, args, stream) : launch_as<half, 3>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
