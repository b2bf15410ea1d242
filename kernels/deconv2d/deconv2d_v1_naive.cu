// deconv2d v1, naive: the formula of deconv2d.h turned round, so that nobody adds to what another has begun: one thread
// an output value, which gathers from the input. With float storage it is the fp32 reference rung.
//
//   y[p,q,k] = activation(bias[k] + sum over r, s, c of x[h,w,c] * w[c,k,r,s]),  h = (p + crop_top - r) / stride,
//              where that is whole and inside x; w alike
//
// Below it: nothing but the loops of deconv2d_ref.cpp, four of which have become the grid. It costs a question for
// every tap: of R S only one in stride^2 reaches an output, and neighbouring q want different ones. And it costs
// traffic: nothing that a thread loads is kept for its neighbours, other than by the caches.
//
//   y, flat in NHWC:  | n0 p0 q0: k0 k1 ... kK-1 | q1: k0 ... |   block b owns outputs 256 b .. 256 b + 255
//
// Thread t of block b makes output i = 256 b + t. Neighbours in a warp differ in k: they read the same x (one
// broadcast) and weights, packed K,R,S,C, that lie R S C apart (a memory sector for each thread).
//
// FLOPs: 2 N H W C K R S, less what the crop takes. Bytes loaded by the threads: the same number times the storage's
// size, against (N H W C + C K R S + N P Q K) times that size which have to move at least (P, Q: out_h, out_w).
// Needs: every tensor below 2^31 elements.
#include "kernels/deconv2d/deconv2d.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    deconv2d_v1_naive(Deconv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                      const float* __restrict__ bias, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const unsigned outputs = static_cast<unsigned>(d.n) * d.out_h * d.out_w * d.k;
  if (i >= outputs) return;
  const int k = static_cast<int>(i % d.k);
  const int q = static_cast<int>(i / d.k % d.out_w) + d.crop_left;
  const int p = static_cast<int>(i / d.k / d.out_w % d.out_h) + d.crop_top;
  const int n = static_cast<int>(i / d.k / d.out_w / d.out_h);

  float sum = 0;
  for (int r = 0; r < d.r && r <= p; ++r) {
    const int h = (p - r) / d.stride;
    if ((p - r) % d.stride != 0 || h >= d.h) continue;
    for (int s = 0; s < d.s && s <= q; ++s) {
      const int w = (q - s) / d.stride;
      if ((q - s) % d.stride != 0 || w >= d.w) continue;
      const T* pixel = x + ((n * d.h + h) * d.w + w) * d.c;
      const T* tap = weights + ((k * d.r + r) * d.s + s) * d.c;
      for (int c = 0; c < d.c; ++c) sum += to_float(pixel[c]) * to_float(tap[c]);
    }
  }
  if (bias != nullptr) sum += bias[k];
  y[i] = from_float<T>(activate(d.activation, sum));
}

// CKRS -> KRSC.
template <typename T>
void pack(const Deconv2dProblem& d, const float* ckrs, T* krsc) {
  for (int k = 0; k < d.k; ++k) {
    for (int tap = 0; tap < d.r * d.s; ++tap) {
      for (int c = 0; c < d.c; ++c) *krsc++ = from_float<T>(ckrs[(c * d.k + k) * d.r * d.s + tap]);
    }
  }
}

template <typename T>
void launch_as(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  const unsigned outputs = static_cast<unsigned>(d.n) * d.out_h * d.out_w * d.k;
  launch(stream, dim3((outputs + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<deconv2d_v1_naive<T>>, d,
         static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias, static_cast<T*>(args.y));
}

}  // namespace

void deconv2d_v1_pack_weights(const Deconv2dProblem& d, const float* ckrs, std::byte* packed) {
  if (d.storage == Storage::f32) {
    pack(d, ckrs, reinterpret_cast<float*>(packed));
  } else {
    pack(d, ckrs, reinterpret_cast<half*>(packed));
  }
}

void deconv2d_v1_launch(const Deconv2dProblem& d, const Deconv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
