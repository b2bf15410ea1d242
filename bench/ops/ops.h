// One function for each op, in bench/ops/<op>.cpp.
#pragma once

#include "bench/kernel_bench.h"
#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

[[nodiscard]] bench::OpBench conv2d_bench();

}  // namespace impasto::IMPASTO_TARGET
