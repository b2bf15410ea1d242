// The nodes of matte_components and matte_grow: the checks that the cpu device passes, on the backend over kernels/.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/pixels_components.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: islands, holes and growth of mattes") {
  NEED_DEVICE();
  test::run_checks(*make_backend(0), test::components_checks::kAll);
}

}  // namespace impasto::IMPASTO_TARGET
