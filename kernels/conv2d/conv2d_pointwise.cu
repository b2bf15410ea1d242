// conv2d, pointwise: a 1x1 filter on a few pixels, y[m,k] = sum over c of x[m,c] * w[k,c]: a matrix times a vector or
// two.
//
// Against the tiles of v2 to v5, which fill themselves with pixels: the squeeze layers of a net have one, and all but
// one row of a tile would be empty while a single block walks all of C. Here a warp makes one output and its lanes
// share the sum over C, so that K warps read the weights at once, each byte by one lane. It costs the sharing of
// weights among pixels: each pixel reads them all again.
//
//   w, row k:  | c0 .. c7 | c8 .. c15 | ... | c248 .. c255 | c256 ..      V = 8 halves or 4 floats, 16 bytes
//                 lane 0      lane 1             lane 31      lane 0
//
// Warp i of the grid makes output i, flat in NHWC. Five shuffles add the lanes' sums, the same tree each time.
//
// FLOPs: 2 N P Q K C. Bytes loaded: 2 b N P Q K C, b of a value, a warp's request being 512 neighbouring bytes.
// Needs: R = S = 1, stride 1, no pads, groups = 1, C in Vs; x and w at multiples of 16 bytes.
#include "kernels/common/vector.h"
#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;

template <typename T>
constexpr int kWidth = 16 / sizeof(T);

template <typename T>
__global__ void __launch_bounds__(kThreads)
    conv2d_pointwise(const __grid_constant__ Conv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                     const float* __restrict__ bias, const T* __restrict__ residual, T* __restrict__ y) {
  constexpr int V = kWidth<T>;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int i = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  if (i >= d.n * d.h * d.w * d.k) return;  // the whole warp
  const T* pixel = x + i / d.k * d.c;
  const T* filter = weights + i % d.k * d.c;
  float sum = 0;
  for (int c = lane * V; c < d.c; c += 32 * V) {
    const Vector<T, V> a = load_vector<V>(pixel + c);
    const Vector<T, V> b = load_vector<V>(filter + c);
    for (int v = 0; v < V; ++v) sum += to_float(a.v[v]) * to_float(b.v[v]);
  }
  for (int other = 16; other > 0; other /= 2) sum += __shfl_xor_sync(0xFFFFFFFFU, sum, other);
  if (lane > 0) return;
  sum *= d.scale;
  if (bias != nullptr) sum += bias[i % d.k];
  if (residual != nullptr) sum += to_float(residual[i]);
  y[i] = from_float<T>(activate(d.activation, sum));
}

template <typename T>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  launch(stream, dim3(blocks_for(d.n * d.h * d.w * d.k, kWarps)), dim3(kThreads), 0, kernel<conv2d_pointwise<T>>, d,
         static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias,
         static_cast<const T*>(args.residual), static_cast<T*>(args.y));
}

}  // namespace

bool conv2d_pointwise_supports(const Conv2dProblem& d) {
  const int width = d.storage == Storage::f32 ? kWidth<float> : kWidth<half>;
  return d.plain() && d.r == 1 && d.s == 1 && d.stride == 1 && d.groups == 1 && d.upsample == 1 && d.c % width == 0 &&
         d.pad_top == 0 && d.pad_left == 0 && d.pad_bottom == 0 && d.pad_right == 0;
}

void conv2d_pointwise_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_pointwise", {args.x, args.weights});
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
