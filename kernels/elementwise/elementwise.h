// elementwise: y[n,h,w,c] = scale * activation(a[n,h,w,c] * g + b) + offset, NHWC, in float. Where they are there,
//   g is g[n,c], a gate of the channel, or g[n,h,w,c];
//   b is b[n, h + crop_top, w + crop_left, c], cut out of a map of b_h x b_w.
// So it converts, adds, multiplies, gates, and maps a net's last layer to the range of its output.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/target.h"

#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

enum class Element { u8, f16, f32 };
enum class Factor { none, channel, map };  // no g, g[n,c], g[n,h,w,c]

struct ElementwiseProblem {
  int n = 1, h = 1, w = 1, c = 1;  // of a and y
  Factor factor = Factor::none;
  bool addend = false;
  int b_h = 0, b_w = 0, crop_top = 0, crop_left = 0;  // of b, if there is an addend
  Activation activation = Activation::none;
  float scale = 1, offset = 0;
  Element a = Element::f32;
  Storage storage = Storage::f32;  // of g, b and y

  [[nodiscard]] __host__ __device__ bool crops() const { return addend && (b_h != h || b_w != w); }
};

// Device pointers; g and b are not read if the problem has none.
struct ElementwiseArgs {
  const void* a = nullptr;
  const void* g = nullptr;
  const void* b = nullptr;
  void* y = nullptr;
};

using ElementwiseRung = Rung<ElementwiseProblem, ElementwiseArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const ElementwiseRung> elementwise_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const ElementwiseRung& choose_elementwise(const ElementwiseProblem& problem);

// For launchers: throws if a (as large as y) or b has 2^31 elements or more.
void require_32_bit_indices(const ElementwiseProblem& problem);

// The definition of correct, in double; g and b as the problem has them. Returns y.
[[nodiscard]] std::vector<double> elementwise_reference(const ElementwiseProblem& problem, std::span<const float> a,
                                                        std::span<const float> g, std::span<const float> b);

// The rungs. v1 takes every problem.
void elementwise_v1_launch(const ElementwiseProblem& problem, const ElementwiseArgs& args, Stream stream);
[[nodiscard]] bool elementwise_v2_supports(const ElementwiseProblem& problem);
void elementwise_v2_launch(const ElementwiseProblem& problem, const ElementwiseArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// Where value i of y finds its factor and its addend. Divides only if it must.
struct ElementwisePlaces {
  int g, b;
};
[[nodiscard]] __device__ inline ElementwisePlaces elementwise_places(const ElementwiseProblem& d, int i) {
  ElementwisePlaces places{i, i};
  if (d.factor == Factor::channel) places.g = i / d.c / d.w / d.h * d.c + i % d.c;
  if (d.crops()) {
    const int row = i / d.c / d.w;
    const int w = i / d.c % d.w + d.crop_left;
    const int h = row % d.h + d.crop_top;
    places.b = ((row / d.h * d.b_h + h) * d.b_w + w) * d.c + i % d.c;
  }
  return places;
}

[[nodiscard]] __device__ inline float elementwise_value(const ElementwiseProblem& d, float a, float g, float b) {
  return d.scale * activate(d.activation, a * g + b) + d.offset;
}

// Calls f with a null pointer of a's type and one of y's.
template <typename F>
void with_types(const ElementwiseProblem& d, const F& f) {
  const auto with_y = [&](auto y) {
    if (d.a == Element::u8) f(static_cast<const unsigned char*>(nullptr), y);
    if (d.a == Element::f16) f(static_cast<const half*>(nullptr), y);
    if (d.a == Element::f32) f(static_cast<const float*>(nullptr), y);
  };
  d.storage == Storage::f32 ? with_y(static_cast<float*>(nullptr)) : with_y(static_cast<half*>(nullptr));
}

}  // namespace impasto::IMPASTO_TARGET
