// portrait_input: rgb [H,W,3], bytes or floats -> y [H,W,C], C = 3, or 6 where there is a mask of a face.
//   y[r,c,i] = (rgb[r,c,2 - i] - mean[i]) * scale                     i = 0..2: B, G, R
//   (u, v) = A (c + 1, r + 1, 1)                                      a place in the mask's frame, counted from 1
//   y[r,c,3..5] = (u - centre_x) / mask_w, (v - centre_y) / mask_h, mask at (u, v): bilinear, 0 outside
// The last three are 0 where u or v lies more than `reach` outside the frame (below -reach, beyond mask_w + reach), and
// everywhere if there is no face.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cmath>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

// What is known of the face: A by rows, and whether there is one (more than 0).
struct FacePlace {
  float a[6];
  float found;
  float unused;
};

struct PortraitInputProblem {
  int h = 1, w = 1;
  int mask_h = 0, mask_w = 0;  // 0: no mask, three channels
  float scale = 1;
  float mean[3] = {};
  float centre_x = 0, centre_y = 0;
  float reach = 0;
  bool float_rgb = false;
  Storage storage = Storage::f32;  // of y

  [[nodiscard]] __host__ __device__ constexpr int channels() const { return mask_h > 0 ? 6 : 3; }
};

// Device pointers; face and mask are nullptr if there is no mask.
struct PortraitInputArgs {
  const void* rgb = nullptr;  // unsigned char or float
  const FacePlace* face = nullptr;
  const float* mask = nullptr;
  void* y = nullptr;
};

using PortraitInputRung = Rung<PortraitInputProblem, PortraitInputArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const PortraitInputRung> portrait_input_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const PortraitInputRung& choose_portrait_input(const PortraitInputProblem& problem);

// For launchers: throws if y has 2^31 elements or more.
void require_32_bit_indices(const PortraitInputProblem& problem);

// The definition of correct, in double.
[[nodiscard]] std::vector<double> portrait_input_reference(const PortraitInputProblem& problem,
                                                           std::span<const float> rgb, const FacePlace& face,
                                                           std::span<const float> mask);

// The rungs: portrait_input_v1_naive.cu and its neighbour. v1 takes every problem.
void portrait_input_v1_launch(const PortraitInputProblem& problem, const PortraitInputArgs& args, Stream stream);
void portrait_input_v2_launch(const PortraitInputProblem& problem, const PortraitInputArgs& args, Stream stream);

// Between the four pixels of the mask about a place that counts from 1.
[[nodiscard]] __device__ inline float mask_at(const PortraitInputProblem& d, const float* mask, float u, float v) {
  const float left = floorf(u), top = floorf(v);
  float sum = 0;
  for (int i = 0; i < 4; ++i) {
    const int row = static_cast<int>(top) - 1 + i / 2, column = static_cast<int>(left) - 1 + i % 2;
    if (row < 0 || row >= d.mask_h || column < 0 || column >= d.mask_w) continue;
    const float across = i % 2 == 0 ? 1 - (u - left) : u - left;
    const float down = i / 2 == 0 ? 1 - (v - top) : v - top;
    sum += down * across * mask[row * d.mask_w + column];
  }
  return sum;
}

// All channels of one pixel of the picture.
struct PortraitPixel {
  float channel[6];
};
[[nodiscard]] __device__ inline PortraitPixel portrait_pixel(const PortraitInputProblem& d,
                                                             const PortraitInputArgs& args, int pixel) {
  PortraitPixel p = {};
  for (int i = 0; i < 3; ++i) {
    const int at = 3 * pixel + 2 - i;
    const float value = d.float_rgb ? static_cast<const float*>(args.rgb)[at]
                                    : to_float(static_cast<const unsigned char*>(args.rgb)[at]);
    p.channel[i] = (value - d.mean[i]) * d.scale;
  }
  if (d.mask_h == 0 || !(args.face->found > 0)) return p;
  const float* a = args.face->a;
  const float x = static_cast<float>(pixel % d.w + 1), y = static_cast<float>(pixel / d.w + 1);
  const float u = a[0] * x + a[1] * y + a[2], v = a[3] * x + a[4] * y + a[5];
  const float columns = static_cast<float>(d.mask_w), rows = static_cast<float>(d.mask_h);
  const bool near = u >= -d.reach && u <= columns + d.reach && v >= -d.reach && v <= rows + d.reach;
  if (!near) return p;
  p.channel[3] = (u - d.centre_x) / columns;
  p.channel[4] = (v - d.centre_y) / rows;
  p.channel[5] = mask_at(d, args.mask, u, v);
  return p;
}

}  // namespace impasto::IMPASTO_TARGET
