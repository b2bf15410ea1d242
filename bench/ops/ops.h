// One function for each op, in bench/ops/<op>.cpp (those of the matte: matte.cpp; blend, stillness and sweep:
// steady.cpp; inspect, pools, portrait_input, resize and softmax: maps.cpp).
#pragma once

#include "bench/kernel_bench.h"
#include "kernels/common/target.h"

namespace impasto::IMPASTO_TARGET {

[[nodiscard]] bench::OpBench blur_behind_bench();
[[nodiscard]] bench::OpBench color_bench();
[[nodiscard]] bench::OpBench composite_bench();
[[nodiscard]] bench::OpBench conv2d_bench();
[[nodiscard]] bench::OpBench deconv2d_bench();
[[nodiscard]] bench::OpBench elementwise_bench();
[[nodiscard]] bench::OpBench guided_filter_bench();
[[nodiscard]] bench::OpBench inspect_bench();
[[nodiscard]] bench::OpBench instance_norm_bench();
[[nodiscard]] bench::OpBench matte_components_bench();
[[nodiscard]] bench::OpBench matte_feather_bench();
[[nodiscard]] bench::OpBench matte_grow_bench();
[[nodiscard]] bench::OpBench matte_smooth_bench();
[[nodiscard]] bench::OpBench matte_threshold_bench();
[[nodiscard]] bench::OpBench pad_bench();
[[nodiscard]] bench::OpBench preserve_colour_bench();
[[nodiscard]] bench::OpBench max_pool_bench();
[[nodiscard]] bench::OpBench global_average_bench();
[[nodiscard]] bench::OpBench softmax_bench();
[[nodiscard]] bench::OpBench portrait_input_bench();
[[nodiscard]] bench::OpBench resize_bench();
[[nodiscard]] bench::OpBench blend_bench();
[[nodiscard]] bench::OpBench stillness_bench();
[[nodiscard]] bench::OpBench sweep_bench();

}  // namespace impasto::IMPASTO_TARGET
