#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/portrait_input_run.h"

using namespace impasto;

TEST_CASE("cpu: the input of portrait nets") {
  const auto backend = make_cpu_backend();
  test::check_portrait_inputs(*backend, Precision::fp32, DType::f32);
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (backend->supports(precision)) test::check_portrait_inputs(*backend, precision);
  }
}
