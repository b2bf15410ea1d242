// The rungs of resize and which of them runs.
#include "kernels/resize/resize.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr ResizeRung kRungs[] = {
    {"resize_v1_naive", any_problem<ResizeProblem>, resize_v1_launch},
    {"resize_v2_vectors", resize_v2_supports, resize_v2_launch},
};

// What runs: the first line that holds.
constexpr Choice<ResizeProblem> kChoices[] = {
    {2, any_problem<ResizeProblem>},  // nearest and bilinear of pixels that are whole vectors
    {1, any_problem<ResizeProblem>},
};

}  // namespace

std::span<const ResizeRung> resize_rungs() {
  return kRungs;
}

const ResizeRung& choose_resize(const ResizeProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const ResizeProblem& d) {
  require_32_bit_indices("resize", {{"x", 1.0 * d.n * d.h * d.w * d.c},
                                    {"y", 1.0 * d.n * d.p * d.q * d.c},
                                    {"the square of heights, 2 H P,", 2.0 * d.h * d.p},
                                    {"the square of widths, 2 W Q,", 2.0 * d.w * d.q}});
}

}  // namespace impasto::IMPASTO_TARGET
