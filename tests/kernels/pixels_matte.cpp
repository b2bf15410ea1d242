// guided_filter, matte_threshold and matte_feather on the cpu device.
#include "tests/cases/pixels_matte.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: mattes") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::matte_checks::kAll);
}
