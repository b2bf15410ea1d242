// The node that preserve_colour runs: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/pixels_preserve_colour.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: preserve_colour") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::preserve_colour_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
