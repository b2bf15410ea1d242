// conv2d depthwise: the formula of conv2d.h where every channel has a filter of its own (groups = C = K).
//
// Against v1: a thread makes 16 bytes of neighbouring channels of two outputs, one below the other. It goes through the
// filter column by column: a column of taps is in registers while the rows of x pass by, and a value of x serves both
// outputs where both filters cover it. It costs weights packed with the channels last, channel counts in whole vectors,
// and a kernel for each size of filter, since registers have no index.
//
//        x, one column s of the filter              y
//   w =     q stride - pad_left + s                 q
//   row 0   +--+  --> tap 0 of y[p]             p   +--+
//   row 1   +--+  --> tap 1 of y[p], 0 of y[p+1]    +--+  the outputs of a thread
//   row 2   +--+  --> tap 2 of y[p], 1 of y[p+1]    +--+
//   row 3   +--+  -->                2 of y[p+1]
//
// Thread i makes channels 8 v .. 8 v + 7 (of floats 4) of column q; v runs fastest, then q, so that at each load a warp
// reads the channels of neighbouring pixels.
//
// FLOPs: 2 N P Q K R S. Bytes loaded by the threads, with b the storage's size: b N P Q K S (R + stride) / 2 of x and
// b N P Q K R S / 2 of the filter, against b (N H W C + R S K + N P Q K) which have to move at least.
// Needs: groups = C = K, in eights (floats: in fours); R = S = 3 or 5; stride 1 or 2; tensors at addresses divisible by
// 16, each below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/common/vector.h"
#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 128;
constexpr unsigned kBlocks = 4;  // on a multiprocessor: 128 registers a thread
constexpr int kRows = 2;         // outputs of a thread: more would leave the GPU idle at the sizes of the matte nets

// Values of 16 bytes.
template <typename T>
constexpr int kWidth = 16 / static_cast<int>(sizeof(T));
// As floats.
template <typename T>
struct Floats {
  float v[kWidth<T>];
};
template <typename T>
[[nodiscard]] __device__ Floats<T> load(const T* from) {
  const auto stored = load_vector<kWidth<T>>(from);
  Floats<T> values;
  for (int i = 0; i < kWidth<T>; ++i) values.v[i] = to_float(stored.v[i]);
  return values;
}

template <typename T, int size, int stride>
__global__ void __launch_bounds__(kThreads, kBlocks)
    conv2d_depthwise(Conv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                     const float* __restrict__ bias, const T* __restrict__ residual, T* __restrict__ y) {
  constexpr int kWide = kWidth<T>;
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const unsigned vectors = d.c / kWide;
  const int c = static_cast<int>(i % vectors) * kWide;
  const int q = static_cast<int>(i / vectors % d.q());
  const int group = static_cast<int>(i / vectors / d.q());
  const int n = group / blocks_for(d.p(), kRows);
  const int first_p = group % blocks_for(d.p(), kRows) * kRows;
  if (n >= d.n) return;

  float sum[kRows][kWide] = {};
  for (int s = 0; s < size; ++s) {
    const int w = d.source_column(q * stride - d.pad_left + s);
    if (w < 0) continue;
    Floats<T> taps[size];
    for (int r = 0; r < size; ++r) taps[r] = load(weights + (r * size + s) * d.c + c);
#pragma unroll
    for (int row = 0; row < (kRows - 1) * stride + size; ++row) {
      const int h = d.source_row(first_p * stride - d.pad_top + row);
      if (h < 0) continue;
      const Floats<T> values = load(x + ((n * d.h + h) * d.w + w) * d.c + c);
#pragma unroll
      for (int p = 0; p < kRows; ++p) {
        const int r = row - p * stride;
        if (r < 0 || r >= size) continue;
        for (int v = 0; v < kWide; ++v) sum[p][v] += values.v[v] * taps[r].v[v];
      }
    }
  }

#pragma unroll
  for (int p = 0; p < kRows; ++p) {
    if (first_p + p >= d.p()) return;
    const int at = ((n * d.p() + first_p + p) * d.q() + q) * d.c + c;
    Floats<T> others{};
    if (residual != nullptr) others = load(residual + at);
    for (int v = 0; v < kWide; ++v) {
      sum[p][v] *= d.scale;
      if (bias != nullptr) sum[p][v] += bias[c + v];
      if (residual != nullptr) sum[p][v] += others.v[v];
    }
    if (d.activation != Activation::none) {
      for (float& v : sum[p]) v = activate(d.activation, v);
    }
    Vector<T, kWidth<T>> out;
    for (int v = 0; v < kWide; ++v) out.v[v] = from_float<T>(sum[p][v]);
    store_vector(y + at, out);
  }
}

// KRS (each channel has one of x) -> RSK.
template <typename T>
void pack(const Conv2dProblem& d, const float* krs, T* rsk) {
  for (int tap = 0; tap < d.r * d.s; ++tap) {
    for (int k = 0; k < d.k; ++k) *rsk++ = from_float<T>(krs[k * d.r * d.s + tap]);
  }
}

template <typename T, int size, int stride>
void launch_size(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const unsigned threads = static_cast<unsigned>(d.n) * blocks_for(d.p(), kRows) * d.q() * (d.c / kWidth<T>);
  launch(stream, dim3((threads + kThreads - 1) / kThreads), dim3(kThreads), 0,
         kernel<conv2d_depthwise<T, size, stride>>, d, static_cast<const T*>(args.x),
         static_cast<const T*>(args.weights), args.bias, static_cast<const T*>(args.residual), static_cast<T*>(args.y));
}

template <typename T>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  if (d.r == 3 && d.stride == 1) launch_size<T, 3, 1>(d, args, stream);
  if (d.r == 3 && d.stride == 2) launch_size<T, 3, 2>(d, args, stream);
  if (d.r == 5 && d.stride == 1) launch_size<T, 5, 1>(d, args, stream);
  if (d.r == 5 && d.stride == 2) launch_size<T, 5, 2>(d, args, stream);
}

}  // namespace

bool conv2d_depthwise_supports(const Conv2dProblem& d) {
  const int vector = d.storage == Storage::f32 ? kWidth<float> : kWidth<half>;
  return d.plain() && d.groups == d.c && d.k == d.c && d.c % vector == 0 && d.r == d.s && (d.r == 3 || d.r == 5) &&
         d.stride <= 2;
}

void conv2d_depthwise_pack_weights(const Conv2dProblem& d, const float* kcrs, std::byte* packed) {
  if (d.storage == Storage::f32) {
    pack(d, kcrs, reinterpret_cast<float*>(packed));
  } else {
    pack(d, kcrs, reinterpret_cast<half*>(packed));
  }
}

void conv2d_depthwise_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_depthwise", {args.x, args.weights, args.residual, args.y});
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
