// The same on the backend over kernels/, simt or cuda.
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/kernels/steady_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("blend: through the engine on the backend over kernels/") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  test::check_blend<BlendProblem>(*backend, blend_reference);
}

TEST_CASE("instance_norm: norms remember, whole and fused") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  test::check_norm_memories(*backend, Precision::fp32);
  test::check_norm_memories(*backend, Precision::fp16);
}

}  // namespace impasto::IMPASTO_TARGET
