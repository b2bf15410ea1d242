#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

std::vector<bench::OpBench> bench_ops() {
  return {conv2d_bench(),          deconv2d_bench(),      instance_norm_bench(),
          elementwise_bench(),     pad_bench(),           max_pool_bench(),
          global_average_bench(),  softmax_bench(),       portrait_input_bench(),
          resize_bench(),          color_bench(),         guided_filter_bench(),
          matte_threshold_bench(), matte_feather_bench(), composite_bench(),
          stillness_bench(),       matte_smooth_bench(),  inspect_bench(),
          preserve_colour_bench(), blur_behind_bench(),   matte_components_bench(),
          matte_grow_bench(),      blend_bench(),         sweep_bench()};
}

}  // namespace impasto::IMPASTO_TARGET
