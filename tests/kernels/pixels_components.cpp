// matte_components and matte_grow on the cpu device.
#include "tests/cases/pixels_components.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: islands, holes and growth of mattes") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::components_checks::kAll);
}
