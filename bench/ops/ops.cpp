#include "bench/ops/ops.h"

namespace impasto::IMPASTO_TARGET {

std::vector<bench::OpBench> bench_ops() {
  return {conv2d_bench()};
}

}  // namespace impasto::IMPASTO_TARGET
