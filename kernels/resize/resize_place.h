// Where in x an output pixel reads, along one axis. In whole numbers as far as possible: a position is an exact
// fraction, and only the weight that is left of it is rounded, to float.
#pragma once

#include "kernels/resize/resize.h"

#include <cmath>

namespace impasto::IMPASTO_TARGET {

// x[low] + weight (x[high] - x[low]).
struct LinearPlace {
  int low, high;
  float weight;
};
// Half-pixel centres: (at + 0.5) in / out - 0.5, which is ((2 at + 1) in - out) / (2 out).
[[nodiscard]] __device__ inline LinearPlace linear_place(int at, int in, int out) {
  const int position = (2 * at + 1) * in - out;  // in 1/(2 out) pixel
  if (position <= 0) return {0, 0, 0};
  const int low = position / (2 * out);
  if (low >= in - 1) return {in - 1, in - 1, 0};
  return {low, low + 1, static_cast<float>(position % (2 * out)) / static_cast<float>(2 * out)};
}
[[nodiscard]] __device__ inline float blend(float low, float high, float weight) {
  return low + weight * (high - low);
}

// The pixels begin .. end - 1, with weights first, 1, 1, .., last; they add up to in / out.
struct Cover {
  int begin, end;
  float first, last;

  [[nodiscard]] __device__ float weight(int at) const { return at == begin ? first : at == end - 1 ? last : 1.0F; }
};
// Output pixel `at` covers at in / out .. (at + 1) in / out.
[[nodiscard]] __device__ inline Cover cover(int at, int in, int out) {
  const int from = at * in;  // in 1/out pixel
  const int to = from + in;
  const int begin = from / out;
  const int end = (to - 1) / out + 1;
  const int first = (begin + 1 < end ? (begin + 1) * out : to) - from;
  return {begin, end, static_cast<float>(first) / static_cast<float>(out),
          static_cast<float>(to - (end - 1) * out) / static_cast<float>(out)};
}

// at in / out to the nearest 1/32 pixel, as OpenCV comes to it: through the inverse of the matrix that maps x to y and
// homogeneous coordinates. In double and in this order, since many sizes have positions half way between two steps.
struct ShiftlessAxis {
  double step, scale;
  int margin;  // beside x in its letterbox, in 1/32 pixel

  [[nodiscard]] __device__ int operator()(int at) const { return static_cast<int>(rint(step * at * scale)) - margin; }
};
// `other` is the other axis.
[[nodiscard]] inline ShiftlessAxis shiftless_axis(int in, int out, int other_in, int other_out, bool letterbox) {
  if (letterbox) {
    const int side = in > other_in ? in : other_in;
    return {static_cast<double>(side), 32.0 / out, 16 * (side - in)};
  }
  const double forward = static_cast<double>(out) / in;
  const double other_forward = static_cast<double>(other_out) / other_in;
  const double determinant = forward * other_forward;
  const double inverse = 1 / determinant;
  return {other_forward * inverse, 32 / (determinant * inverse), 0};
}

// An output pixel, and where the picture begins in x, in pixels.
struct OutputPixel {
  int p, q;
  int picture;
};
[[nodiscard]] __device__ inline OutputPixel output_pixel(const ResizeProblem& d, int i) {
  return {i / d.q % d.p, i % d.q, i / d.q / d.p * d.h * d.w};
}

}  // namespace impasto::IMPASTO_TARGET
