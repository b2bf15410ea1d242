#include "runtime/tensor.h"

#include "tests/support.h"

#include <bit>
#include <limits>

using namespace impasto;

TEST_CASE("half: every one of the 65536 values survives the way to float and back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = f16_to_f32(half);
    if (std::isnan(value)) {
      REQUIRE(std::isnan(f16_to_f32(f32_to_f16(value))));
    } else {
      REQUIRE(f32_to_f16(value) == half);
    }
  }
}

TEST_CASE("half: rounds to nearest, ties to even, overflows to infinity, keeps NaN") {
  REQUIRE(f32_to_f16(1.0F) == 0x3c00);
  REQUIRE(f32_to_f16(1.0F + 0x1p-11F) == 0x3c00);      // a tie: to even
  REQUIRE(f32_to_f16(1.0F + 3 * 0x1p-11F) == 0x3c02);  // a tie: to even, upwards
  REQUIRE(f32_to_f16(1.0F + 0x1.002p-11F) == 0x3c01);  // just above a tie
  REQUIRE(f32_to_f16(65504.0F) == 0x7bff);
  REQUIRE(f32_to_f16(65519.0F) == 0x7bff);
  REQUIRE(f32_to_f16(65520.0F) == 0x7c00);
  REQUIRE(f32_to_f16(-std::numeric_limits<float>::infinity()) == 0xfc00);
  REQUIRE(f32_to_f16(0x1p-24F) == 0x0001);
  REQUIRE(f32_to_f16(0x1p-25F) == 0x0000);  // a tie: to zero
  REQUIRE(f32_to_f16(0x1.8p-24F) == 0x0002);
  REQUIRE(f32_to_f16(-0.0F) == 0x8000);
  REQUIRE(std::isnan(f16_to_f32(f32_to_f16(std::nanf("")))));
}

TEST_CASE("bfloat16: rounds to nearest even and keeps NaN") {
  REQUIRE(f32_to_bf16(1.0F) == 0x3f80);
  REQUIRE(f32_to_bf16(1.0F + 0x1p-8F) == 0x3f80);
  REQUIRE(f32_to_bf16(1.0F + 3 * 0x1p-8F) == 0x3f82);
  REQUIRE(f32_to_bf16(std::numeric_limits<float>::max()) == 0x7f80);
  const auto quiet = std::bit_cast<float>(0x7f800001U);  // a NaN whose payload lies in the dropped half
  REQUIRE(std::isnan(bf16_to_f32(f32_to_bf16(quiet))));
  for (int level = 0; level <= 255; ++level) {  // what lets uint8 pictures enter bf16 nets without loss
    REQUIRE(bf16_to_f32(f32_to_bf16(static_cast<float>(level))) == static_cast<float>(level));
  }
}

TEST_CASE("shapes: sizes do not overflow 32 bits") {
  const TensorInfo info{{1, 40000, 40000, 64}, DType::f32, "large"};
  REQUIRE(info.shape.count() == 102'400'000'000LL);
  REQUIRE(info.bytes() == 409'600'000'000ULL);
  REQUIRE(to_string(info.shape) == "1x40000x40000x64");
}
