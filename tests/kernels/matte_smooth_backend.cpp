// The node that kernels/matte_smooth runs: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/matte_smooth.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: mattes over time") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::matte_smooth_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
