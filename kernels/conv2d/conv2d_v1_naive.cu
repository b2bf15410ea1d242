// conv2d v1, naive: the formula of conv2d.h, one thread an output value. With float storage it is the fp32 reference
// rung.
//
// Below it: nothing but the loops of conv2d_ref.cpp, four of which have become the grid. It costs traffic: nothing that
// a thread loads is kept for its neighbours, other than by the caches.
//
//   y, flat in NHWC:  | n0 p0 q0: k0 k1 ... kK-1 | q1: k0 ... |   block b owns outputs 256 b .. 256 b + 255
//
// Thread t of block b makes output i = 256 b + t. Neighbours in a warp differ in k: they read the same x (one
// broadcast) and weights that lie R S C/groups apart (a memory sector for each thread).
//
// FLOPs: 2 N P Q K R S C/groups. Bytes loaded by the threads: the same number times the storage's size, against
// (N H W C + K R S C/groups + N P Q K) times that size which have to move at least.
// Needs: every tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d.h"

#include <cstdint>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

template <typename T, typename X>
__global__ void __launch_bounds__(kThreads)
    conv2d_v1_naive(Conv2dProblem d, const X* __restrict__ x, const T* __restrict__ weights,
                    const float* __restrict__ bias, const T* __restrict__ residual, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const unsigned outputs = static_cast<unsigned>(d.n) * d.p() * d.q() * d.k;
  if (i >= outputs) return;
  const int k = static_cast<int>(i % d.k);
  const int q = static_cast<int>(i / d.k % d.q());
  const int p = static_cast<int>(i / d.k / d.q() % d.p());
  const int n = static_cast<int>(i / d.k / d.q() / d.p());
  const int group_c = d.group_c();
  const int first_c = k / d.group_k() * group_c;

  float sum = 0;
  for (int r = 0; r < d.r; ++r) {
    const int h = d.source_row(p * d.stride - d.pad_top + r);
    if (h < 0) continue;
    for (int s = 0; s < d.s; ++s) {
      const int w = d.source_column(q * d.stride - d.pad_left + s);
      if (w < 0) continue;
      const X* pixel = x + ((n * d.h + h) * d.w + w) * d.c + first_c;
      const T* tap = weights + ((k * d.r + r) * d.s + s) * group_c;
      for (int c = 0; c < group_c; ++c) sum += to_float(pixel[c]) * to_float(tap[c]);
    }
  }
  sum *= d.scale;
  if (bias != nullptr) sum += bias[k];
  if (residual != nullptr) sum += to_float(residual[i]);
  y[i] = from_float<T>(activate(d.activation, sum));
}

// KCRS -> KRSC.
template <typename T>
void pack(const Conv2dProblem& d, const float* kcrs, T* krsc) {
  for (int k = 0; k < d.k; ++k) {
    for (int r = 0; r < d.r; ++r) {
      for (int s = 0; s < d.s; ++s) {
        for (int c = 0; c < d.group_c(); ++c) {
          *krsc++ = from_float<T>(kcrs[((k * d.group_c() + c) * d.r + r) * d.s + s]);
        }
      }
    }
  }
}

template <typename T, typename X>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const unsigned outputs = static_cast<unsigned>(d.n) * d.p() * d.q() * d.k;
  launch(stream, dim3((outputs + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<conv2d_v1_naive<T, X>>, d,
         static_cast<const X*>(args.x), static_cast<const T*>(args.weights), args.bias,
         static_cast<const T*>(args.residual), static_cast<T*>(args.y));
}

}  // namespace

bool conv2d_v1_supports(const Conv2dProblem& d) {
  return !d.moments_out;
}

std::size_t conv2d_v1_weight_bytes(const Conv2dProblem& d) {
  return static_cast<std::size_t>(d.k) * d.group_c() * d.r * d.s * size_of(d.storage);
}

void conv2d_v1_pack_weights(const Conv2dProblem& d, const float* kcrs, std::byte* packed) {
  if (d.storage == Storage::f32) {
    pack(d, kcrs, reinterpret_cast<float*>(packed));
  } else {
    pack(d, kcrs, reinterpret_cast<half*>(packed));
  }
}

void conv2d_v1_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const bool f32 = d.storage == Storage::f32;
  if (f32 && !d.u8_input) launch_as<float, float>(d, args, stream);
  if (f32 && d.u8_input) launch_as<float, std::uint8_t>(d, args, stream);
  if (!f32 && !d.u8_input) launch_as<half, half>(d, args, stream);
  if (!f32 && d.u8_input) launch_as<half, std::uint8_t>(d, args, stream);
}

}  // namespace impasto::IMPASTO_TARGET
