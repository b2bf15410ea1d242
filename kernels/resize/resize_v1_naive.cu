// resize v1, naive: the formulas of resize.h, one thread an output value.
//
// Below it: nothing but the loops of resize_ref.cpp, which have become the grid. It costs index arithmetic: a dozen
// divisions for a value, the same ones for all channels of a pixel, and loads and stores of a single value.
//
//   y, flat in NHWC:  | p0 q0: c0 c1 .. cC-1 | q1: c0 .. |   block b owns values 256 b .. 256 b + 255 of y
//
// Thread t of block b makes value 256 b + t. Neighbours in a warp differ in c, then in q; what they read of x lies
// together where W / Q is not far above 1.
//
// Bytes: y once; of x, nearest reads a value for a value, the bilinear modes four, area H W / (P Q) or some more.
// FLOPs: bilinear 6 a value, area 2 for each value read. Needs: x and y below 2^31 elements; 2 H P and 2 W Q as well.
#include "kernels/common/half.h"
#include "kernels/resize/resize_place.h"

#include <cstdint>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

// The output value that this thread makes, or -1.
__device__ int output_value(const ResizeProblem& d) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  return i < static_cast<unsigned>(d.n) * d.p * d.q * d.c ? static_cast<int>(i) : -1;
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    resize_v1_nearest(ResizeProblem d, const T* __restrict__ x, T* __restrict__ y) {
  const int i = output_value(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  y[i] = x[(to.picture + to.p * d.h / d.p * d.w + to.q * d.w / d.q) * d.c + i % d.c];
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    resize_v1_bilinear(ResizeProblem d, const T* __restrict__ x, T* __restrict__ y) {
  const int i = output_value(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  const LinearPlace row = linear_place(to.p, d.h, d.p);
  const LinearPlace column = linear_place(to.q, d.w, d.q);
  const auto at = [&](int h, int w) { return to_float(x[(to.picture + h * d.w + w) * d.c + i % d.c]); };
  const float left = blend(at(row.low, column.low), at(row.high, column.low), row.weight);
  const float right = blend(at(row.low, column.high), at(row.high, column.high), row.weight);
  y[i] = from_float<T>(blend(left, right, column.weight));
}

__global__ void __launch_bounds__(kThreads)
    resize_v1_shiftless(ResizeProblem d, ShiftlessAxis rows, ShiftlessAxis columns, const std::uint8_t* __restrict__ x,
                        std::uint8_t* __restrict__ y) {
  const int i = output_value(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  const int row = rows(to.p);  // in 1/32 pixel
  const int column = columns(to.q);
  const auto at = [&](int h, int w) {
    return h >= 0 && h < d.h && w >= 0 && w < d.w ? static_cast<int>(x[(to.picture + h * d.w + w) * d.c + i % d.c]) : 0;
  };
  const int h = row >> 5;  // rounded down, also beside a letterboxed picture, where positions are negative
  const int w = column >> 5;
  const int down = row & 31;
  const int across = column & 31;
  const int above = (32 - across) * at(h, w) + across * at(h, w + 1);
  const int below = (32 - across) * at(h + 1, w) + across * at(h + 1, w + 1);
  y[i] = static_cast<std::uint8_t>(((32 - down) * above + down * below + 512) / 1024);
}

__global__ void __launch_bounds__(kThreads)
    resize_v1_area(ResizeProblem d, const std::uint8_t* __restrict__ x, float* __restrict__ y) {
  const int i = output_value(d);
  if (i < 0) return;
  const OutputPixel to = output_pixel(d, i / d.c);
  const Cover rows = cover(to.p, d.h, d.p);
  const Cover columns = cover(to.q, d.w, d.q);
  float sum = 0;
  for (int h = rows.begin; h < rows.end; ++h) {
    float of_row = 0;
    for (int w = columns.begin; w < columns.end; ++w) {
      of_row += columns.weight(w) * static_cast<float>(x[(to.picture + h * d.w + w) * d.c + i % d.c]);
    }
    sum += rows.weight(h) * of_row;
  }
  const float covered =
      static_cast<float>(d.h) / static_cast<float>(d.p) * static_cast<float>(d.w) / static_cast<float>(d.q);
  y[i] = sum / covered;
}

// Launches `kernel` of a mode whose x is T and whose y is Y.
template <typename T, typename Y, typename Kernel, typename... Axes>
void launch_as(Kernel kernel, const ResizeProblem& d, const ResizeArgs& args, Stream stream, const Axes&... axes) {
  const unsigned values = static_cast<unsigned>(d.n) * d.p * d.q * d.c;
  launch(stream, dim3((values + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel, d, axes...,
         static_cast<const T*>(args.x), static_cast<Y*>(args.y));
}

template <typename T>
void launch_nearest(const ResizeProblem& d, const ResizeArgs& args, Stream stream) {
  launch_as<T, T>(kernel<resize_v1_nearest<T>>, d, args, stream);
}
template <typename T>
void launch_bilinear(const ResizeProblem& d, const ResizeArgs& args, Stream stream) {
  launch_as<T, T>(kernel<resize_v1_bilinear<T>>, d, args, stream);
}

}  // namespace

void resize_v1_launch(const ResizeProblem& d, const ResizeArgs& args, Stream stream) {
  require_32_bit_indices(d);
  switch (d.mode) {
    case ResizeMode::nearest:
      if (d.value_bytes == 1) return launch_nearest<std::uint8_t>(d, args, stream);
      if (d.value_bytes == 2) return launch_nearest<std::uint16_t>(d, args, stream);
      return launch_nearest<std::uint32_t>(d, args, stream);
    case ResizeMode::bilinear:
      return d.value_bytes == 2 ? launch_bilinear<half>(d, args, stream) : launch_bilinear<float>(d, args, stream);
    case ResizeMode::bilinear_shiftless:
      return launch_as<std::uint8_t, std::uint8_t>(kernel<resize_v1_shiftless>, d, args, stream,
                                                   shiftless_axis(d.h, d.p, d.w, d.q, d.letterbox),
                                                   shiftless_axis(d.w, d.q, d.h, d.p, d.letterbox));
    case ResizeMode::area:
      return launch_as<std::uint8_t, float>(kernel<resize_v1_area>, d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
