// What a GPU can do at most, measured: what a node's time is held against (the column "roof" of bench_nets).
#pragma once

#include "runtime/roofline.h"

#include <optional>

namespace impasto::bench {

// As bench_kernels measures them: mma.sync in fp16, else multiply-adds in fp32. None on a virtual one, or where the
// build has no device cuda.
[[nodiscard]] std::optional<Peaks> cuda_peaks(int ordinal, bool fp16);

}  // namespace impasto::bench
