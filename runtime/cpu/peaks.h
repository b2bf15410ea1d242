// What this processor can do at most, measured: what a node's time is held against.
#pragma once

#include "runtime/roofline.h"

namespace impasto::cpu {

// On so many threads, in about a second: multiply-adds of float32 in registers, as wide as there are; a convolution of
// oneDNN's in bf16, if this processor has it; reading and writing memory that no cache holds.
[[nodiscard]] Peaks measure_peaks(int threads);

}  // namespace impasto::cpu
