// The same on the backend over kernels/, simt or cuda.
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/kernels/portrait_input_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("portrait_input: through the engine on the backend over kernels/") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  test::check_portrait_inputs(*backend, Precision::fp32);
  test::check_portrait_inputs(*backend, Precision::fp16);
  test::check_portrait_inputs(*backend, Precision::fp16, DType::f32);
}

}  // namespace impasto::IMPASTO_TARGET
