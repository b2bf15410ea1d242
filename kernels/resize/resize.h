// resize: x [N,H,W,C] -> y [N,P,Q,C].
//   nearest             y[p,q] = x[p H / P, q W / Q], rounded down; values are copied as they are
//   bilinear            x at ((p + 0.5) H / P - 0.5, (q + 0.5) W / Q - 0.5), not beyond the outermost pixels' centres
//   bilinear_shiftless  uint8 x at (p H / P, q W / Q) to the nearest 1/32 pixel, zeros outside, rounded half up to
//                       uint8: OpenCV's warpPerspective as MediaPipe uses it, bit for bit. With `letterbox`, x lies in
//                       the middle of a square of side S = max(H, W), zeros beside it: at (p S / P - (S - H) / 2,
//                       q S / Q - (S - W) / 2), half way between two steps to the even one
//   area                uint8 -> float: the mean of what an output pixel covers
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

enum class ResizeMode { nearest, bilinear, bilinear_shiftless, area };

struct ResizeProblem {
  int n = 1, h = 1, w = 1, c = 1;
  int p = 1, q = 1;  // rows and columns of y
  ResizeMode mode = ResizeMode::nearest;
  bool letterbox = false;  // bilinear_shiftless only
  int value_bytes = 4;     // of a value of x: nearest 1, 2 or 4; bilinear 2 (half) or 4 (float); the others 1

  [[nodiscard]] int y_value_bytes() const { return mode == ResizeMode::area ? 4 : value_bytes; }
};

// Device pointers.
struct ResizeArgs {
  const void* x = nullptr;
  void* y = nullptr;
};

using ResizeRung = Rung<ResizeProblem, ResizeArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const ResizeRung> resize_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const ResizeRung& choose_resize(const ResizeProblem& problem);

// For launchers: throws if x or y has 2^31 elements or more, or if 2 H P or 2 W Q, with which positions are computed,
// is as large.
void require_32_bit_indices(const ResizeProblem& problem);

// The definition of correct, in double. Exact for nearest and bilinear_shiftless.
[[nodiscard]] std::vector<double> resize_reference(const ResizeProblem& problem, std::span<const float> x);

// The rungs: resize_v1_naive.cu and its neighbour. v1 takes every problem.
void resize_v1_launch(const ResizeProblem& problem, const ResizeArgs& args, Stream stream);
[[nodiscard]] bool resize_v2_supports(const ResizeProblem& problem);
void resize_v2_launch(const ResizeProblem& problem, const ResizeArgs& args, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
