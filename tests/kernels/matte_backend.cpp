// The nodes that kernels/matte runs: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/pixels_matte.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: mattes") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::matte_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
