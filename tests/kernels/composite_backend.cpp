// The node that composite runs: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/pixels_composite.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: composite") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::composite_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
