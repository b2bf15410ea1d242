// half on the host against the runtime's own conversions, over all values and over the edges of rounding.
#include "kernels/common/half.h"
#include "runtime/tensor.h"
#include "tests/support.h"

#include <bit>
#include <limits>

namespace impasto::simt {

TEST_CASE("simt: every half widens exactly and comes back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const half value{static_cast<std::uint16_t>(bits)};
    const float wide = __half2float(value);
    if (std::isnan(wide)) {
      REQUIRE(std::isnan(f16_to_f32(value.bits)));
      REQUIRE(std::isnan(__half2float(__float2half_rn(wide))));
      continue;
    }
    REQUIRE(std::bit_cast<std::uint32_t>(wide) == std::bit_cast<std::uint32_t>(f16_to_f32(value.bits)));
    REQUIRE(__float2half_rn(wide).bits == bits);
  }
}

TEST_CASE("simt: floats round to the nearest half, ties to even") {
  // Around every boundary between neighbouring halves: just below, the tie itself, just above.
  for (std::uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const float low = __half2float({static_cast<std::uint16_t>(bits)});
    const float high = bits + 1 == 0x7C00 ? 65536.0F : __half2float({static_cast<std::uint16_t>(bits + 1)});
    const float tie = low + (high - low) / 2;
    const float infinity = std::numeric_limits<float>::infinity();
    REQUIRE(__float2half_rn(std::nextafter(tie, 0.0F)).bits == bits);
    REQUIRE(__float2half_rn(tie).bits == (bits % 2 == 0 ? bits : bits + 1));
    REQUIRE(__float2half_rn(std::nextafter(tie, infinity)).bits == bits + 1);
    REQUIRE(__float2half_rn(-tie).bits == (0x8000 | (bits % 2 == 0 ? bits : bits + 1)));
  }
  CHECK(__float2half_rn(1e30F).bits == 0x7C00);
  CHECK(__float2half_rn(-1e-30F).bits == 0x8000);
}

}  // namespace impasto::simt
