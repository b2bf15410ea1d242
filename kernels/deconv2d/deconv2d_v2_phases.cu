// deconv2d v2, phases: as stride^2 convolutions (deconv2d_phases.h), one thread an output value, all phases in one
// launch.
//
//   y[p,q,k] = activation(bias[k] + sum over a, b, c of x[P / stride - a, Q / stride - b, c] * w[c,k,r,s]),
//              P = p + crop_top, Q = q + crop_left, r = P % stride + stride a, s = Q % stride + stride b
//
// Against v1: no tap is asked whether it reaches the output. And neighbours in a warp, which differ in k, read
// neighbouring weights, packed R,S,C,K; of a pixel's channels a thread takes 16 bytes at once where they divide it, so
// that neighbours of few k do not ask for a sector each to use two bytes of it. It costs a warp that holds two phases:
// it walks the taps of the larger.
//
//   3 x 3, stride 2     row of full:  0  1  2  3  4     phase (0,0): w00 w02   (0,1): w01   (1,0): w10 w12   (1,1): w11
//                       by tap 0     h0    h1    h2                  w20 w22          w21
//                       by tap 1        h0    h1
//                       by tap 2           h0    h1     y[2,3,k] = x[1,1] w01 + x[0,1] w21
//
// Thread t of block b makes output i = 256 b + t, as in v1.
//
// FLOPs: 2 N H W C K R S, less what the crop takes. Bytes loaded by the threads: the same number times the storage's
// size. Needs: x at an address divisible by 16; every tensor below 2^31 elements.
#include "kernels/common/vector.h"
#include "kernels/deconv2d/deconv2d_phases.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

// `channels`: that a thread takes of a pixel at once.
template <typename T, int channels>
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

  float sum = 0;
  int h = p / d.stride;
  for (int r = p % d.stride; r < d.r; r += d.stride, --h) {
    if (h < 0 || h >= d.h) continue;
    int w = q / d.stride;
    for (int s = q % d.stride; s < d.s; s += d.stride, --w) {
      if (w < 0 || w >= d.w) continue;
      const T* pixel = x + ((n * d.h + h) * d.w + w) * d.c;
      const T* tap = weights + (r * d.s + s) * d.c * d.k + k;
      for (int c = 0; c < d.c; c += channels) {
        const auto x_part = load_vector<channels>(pixel + c);
        for (int v = 0; v < channels; ++v) sum += to_float(x_part.v[v]) * to_float(tap[(c + v) * d.k]);
      }
    }
  }
  if (bias != nullptr) sum += bias[k];
  y[i] = from_float<T>(activate(d.activation, sum));
}

template <typename T, int channels>
void launch_with(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  const unsigned outputs = static_cast<unsigned>(d.n) * d.out_h * d.out_w * d.k;
  launch(stream, dim3((outputs + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<deconv2d_v2_phases<T, channels>>,
         d, static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias, static_cast<T*>(args.y));
}

template <typename T>
void launch_as(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  require_16_byte_alignment("deconv2d_v2_phases", {args.x});
  constexpr int kSixteenBytes = 16 / sizeof(T);
  if (d.c % kSixteenBytes == 0) {
    launch_with<T, kSixteenBytes>(d, args, stream);
  } else if (d.c % 2 == 0) {
    launch_with<T, 2>(d, args, stream);
  } else {
    launch_with<T, 1>(d, args, stream);
  }
}

}  // namespace

void deconv2d_v2_pack_weights(const Deconv2dProblem& d, const float* ckrs, std::byte* packed) {
  if (d.storage == Storage::f32) {
    pack_by_taps(d, ckrs, reinterpret_cast<float*>(packed), true);
  } else {
    pack_by_taps(d, ckrs, reinterpret_cast<half*>(packed), true);
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
