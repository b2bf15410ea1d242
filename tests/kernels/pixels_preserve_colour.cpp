// preserve_colour on the cpu device.
#include "tests/cases/pixels_preserve_colour.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: preserve_colour") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::preserve_colour_checks::kAll);
}
