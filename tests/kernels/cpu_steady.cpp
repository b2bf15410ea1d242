#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/steady_run.h"

using namespace impasto;

TEST_CASE("cpu: a painted picture is blended with the last one") {
  const auto backend = make_cpu_backend();
  test::check_blend<simt::BlendProblem>(*backend, simt::blend_reference);
}

TEST_CASE("cpu: norms remember") {
  const auto backend = make_cpu_backend();
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (backend->supports(precision)) test::check_norm_memories(*backend, precision);
  }
}
