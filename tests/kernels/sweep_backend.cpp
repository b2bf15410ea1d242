// The same on the backend over kernels/, simt or cuda.
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/kernels/sweep_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("sweep: through the engine on the backend over kernels/") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  test::check_sweep<SweepProblem>(*backend, sweep_reference);
}

}  // namespace impasto::IMPASTO_TARGET
