// composite on the cpu device.
#include "tests/cases/pixels_composite.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: composite") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::composite_checks::kAll);
}
