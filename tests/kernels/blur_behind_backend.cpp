// The node that blur_behind runs: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/pixels_blur_behind.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: blur_behind") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::blur_behind_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
