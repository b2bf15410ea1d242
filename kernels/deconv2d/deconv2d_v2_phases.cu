// deconv2d v2, phases: as stride^2 convolutions (deconv2d_phases.h), one thread an output value, all phases in one
// launch.
//
//   y[p,q,k] = activation(bias[k] + sum over a, b, c of x[P / stride - a, Q / stride - b, c] * w[c, k, tap (a,b)]),
//              P = p + crop_top, Q = q + crop_left, taps of phase (P % stride, Q % stride)
//
// Against v1: no tap is asked whether it reaches the output. Weights are packed in the order in which they are used, by
// phase, its taps dense, k innermost, so that neighbours in a warp, which differ in k, read neighbouring weights. It
// costs the packing, and a warp that holds two phases walks the taps of the larger.
//
//   3 x 3, stride 2     full row:  0  1  2  3  4      phase (0,0): w00 w02   (0,1): w01   (1,0): w10 w12   (1,1): w11
//                          tap 0   h0    h1    h2                  w20 w22          w21
//                          tap 1      h0    h1        packed: | w00 | w02 | w20 | w22 | w01 | w21 | w10 | w12 | w11 |
//                          tap 2         h0    h1                each C x K
//
// Thread t of block b makes output i = 256 b + t, as in v1.
//
// FLOPs: 2 N H W C K R S, less what the crop takes. Bytes loaded by the threads: the same number times the storage's
// size. Needs: every tensor below 2^31 elements.
#include "kernels/deconv2d/deconv2d_phases.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    deconv2d_v2_phases(Deconv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                       const float* __restrict__ bias, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const unsigned outputs = static_cast<unsigned>(d.n) * d.out_h * d.out_w * d.k;
  if (i >= outputs) return;
  const int k = static_cast<int>(i % d.k);
  const int q = static_cast<int>(i / d.k % d.out_w) + d.crop_left;
  const int p = static_cast<int>(i / d.k / d.out_w % d.out_h) + d.crop_top;
  const int n = static_cast<int>(i / d.k / d.out_w / d.out_h);

  const Phase taps = phase(d, p % d.stride, q % d.stride);
  float sum = 0;
  for (int a = 0; a < taps.r; ++a) {
    const int h = p / d.stride - a;
    if (h < 0 || h >= d.h) continue;
    for (int b = 0; b < taps.s; ++b) {
      const int w = q / d.stride - b;
      if (w < 0 || w >= d.w) continue;
      const T* pixel = x + ((n * d.h + h) * d.w + w) * d.c;
      const T* tap = weights + (taps.first + a * taps.s + b) * d.c * d.k + k;
      for (int c = 0; c < d.c; ++c) sum += to_float(pixel[c]) * to_float(tap[c * d.k]);
    }
  }
  if (bias != nullptr) sum += bias[k];
  y[i] = from_float<T>(activate(d.activation, sum));
}

template <typename T>
void launch_as(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  const unsigned outputs = static_cast<unsigned>(d.n) * d.out_h * d.out_w * d.k;
  launch(stream, dim3((outputs + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<deconv2d_v2_phases<T>>, d,
         static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias, static_cast<T*>(args.y));
}

}  // namespace

void deconv2d_v2_pack_weights(const Deconv2dProblem& d, const float* ckrs, std::byte* packed) {
  if (d.storage == Storage::f32) {
    pack_by_phases(d, ckrs, reinterpret_cast<float*>(packed), true);
  } else {
    pack_by_phases(d, ckrs, reinterpret_cast<half*>(packed), true);
  }
}

void deconv2d_v2_launch(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
