// matte_smooth on the cpu device.
#include "runtime/cpu/cpu_backend.h"
#include "tests/cases/matte_smooth.h"

TEST_CASE("cpu: mattes over time") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::matte_smooth_checks::kAll);
}
