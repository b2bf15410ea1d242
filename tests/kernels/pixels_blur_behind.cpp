// blur_behind on the cpu device.
#include "tests/cases/pixels_blur_behind.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: blur_behind") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::blur_behind_checks::kAll);
}
