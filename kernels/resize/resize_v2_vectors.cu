// resize v2, vectors: nearest and bilinear of resize.h, with 16 bytes a thread.
//
// Against v1: a thread makes as many neighbouring channels of an output pixel as fit 16 bytes (eight halves, four
// floats), so that the divisions which find the pixel's place are done once for all of them, and each load and store
// moves 16 bytes. It costs channel counts: a pixel must be whole vectors.
//
//   y, NHWC:  | p0 q0: vector 0 | vector 1 | .. | q1: vector 0 | ..     thread t of block b makes vector 256 b + t,
//   from
//                                                                      the same vector of one pixel of x, or of four
//
// Bytes: as v1. FLOPs: as v1. Needs: C values that are a multiple of 16 bytes; x and y at addresses divisible by 16;
// the sizes of v1.
#include "kernels/common/half.h"
#include "kernels/common/vector.h"
#include "kernels/resize/resize_place.h"

#include <cstdint>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kVectorBytes = 16;

template <typename T>
constexpr int kWide = kVectorBytes / static_cast<int>(sizeof(T));

// The output value that this thread's vector begins with, or -1.
template <typename T>
__device__ int output_value(const ResizeProblem& d) {
  const unsigned i = (blockIdx.x * kThreads + threadIdx.x) * kWide<T>;
  return i < static_cast<unsigned>(d.n) * d.p * d.q * d.c ? static_cast<int>(i) : -1;
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    resize_v2_nearest(ResizeProblem d, const T* __restrict__ x, T* __restrict__ y) {
  const int i = output_value<T>(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  const int from = (to.picture + to.p * d.h / d.p * d.w + to.q * d.w / d.q) * d.c + i % d.c;
  store_vector(y + i, load_vector<kWide<T>>(x + from));
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    resize_v2_bilinear(ResizeProblem d, const T* __restrict__ x, T* __restrict__ y) {
  const int i = output_value<T>(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  const LinearPlace row = linear_place(to.p, d.h, d.p);
  const LinearPlace column = linear_place(to.q, d.w, d.q);
  const auto at = [&](int h, int w) { return load_vector<kWide<T>>(x + (to.picture + h * d.w + w) * d.c + i % d.c); };
  const auto above_left = at(row.low, column.low);
  const auto below_left = at(row.high, column.low);
  const auto above_right = at(row.low, column.high);
  const auto below_right = at(row.high, column.high);
  Vector<T, kWide<T>> out;
  for (int c = 0; c < kWide<T>; ++c) {
    const float left = blend(to_float(above_left.v[c]), to_float(below_left.v[c]), row.weight);
    const float right = blend(to_float(above_right.v[c]), to_float(below_right.v[c]), row.weight);
    out.v[c] = from_float<T>(blend(left, right, column.weight));
  }
  store_vector(y + i, out);
}

template <typename T, typename Kernel>
void launch_as(Kernel kernel, const ResizeProblem& d, const ResizeArgs& args, Stream stream) {
  const unsigned vectors = static_cast<unsigned>(d.n) * d.p * d.q * d.c / kWide<T>;
  launch(stream, dim3((vectors + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel, d, static_cast<const T*>(args.x),
         static_cast<T*>(args.y));
}

}  // namespace

bool resize_v2_supports(const ResizeProblem& d) {
  const bool mode = d.mode == ResizeMode::nearest || d.mode == ResizeMode::bilinear;
  return mode && d.c % (kVectorBytes / d.value_bytes) == 0;
}

void resize_v2_launch(const ResizeProblem& d, const ResizeArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("resize_v2_vectors", {args.x, args.y});
  if (d.mode == ResizeMode::bilinear) {
    if (d.value_bytes == 2) return launch_as<half>(kernel<resize_v2_bilinear<half>>, d, args, stream);
    return launch_as<float>(kernel<resize_v2_bilinear<float>>, d, args, stream);
  }
  if (d.value_bytes == 1) return launch_as<std::uint8_t>(kernel<resize_v2_nearest<std::uint8_t>>, d, args, stream);
  if (d.value_bytes == 2) return launch_as<std::uint16_t>(kernel<resize_v2_nearest<std::uint16_t>>, d, args, stream);
  return launch_as<std::uint32_t>(kernel<resize_v2_nearest<std::uint32_t>>, d, args, stream);
}

}  // namespace impasto::IMPASTO_TARGET
