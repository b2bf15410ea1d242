// to_rgb, convert_planes and matte_to_planes on the cpu device.
#include "tests/cases/pixels_colour.h"

#include "runtime/cpu/cpu_backend.h"

TEST_CASE("cpu: conversions of planes") {
  impasto::test::run_checks(*impasto::make_cpu_backend(), impasto::test::colour_checks::kAll);
}
