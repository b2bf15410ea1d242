#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/pool_run.h"

using namespace impasto;

TEST_CASE("cpu: max pool, global average and softmax") {
  const auto backend = make_cpu_backend();
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (backend->supports(precision)) test::check_pools(*backend, precision);
  }
}
