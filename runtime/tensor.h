// Tensors as the runtime sees them: a shape and an element type. Who owns the bytes is the Engine's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace impasto {

enum class DType : std::uint8_t { u8, i8, u16, f16, bf16, f32 };  // i8 only in weight files

[[nodiscard]] std::size_t size_of(DType type) noexcept;
[[nodiscard]] std::string_view to_string(DType type) noexcept;

// N,H,W,C; activations lie in memory in this order (NHWC), channels fastest.
struct Shape {
  int n = 1;
  int h = 1;
  int w = 1;
  int c = 1;

  [[nodiscard]] std::int64_t count() const noexcept { return std::int64_t{n} * h * w * c; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

[[nodiscard]] std::string to_string(const Shape& shape);  // "1x360x640x3"

struct TensorInfo {
  Shape shape;
  DType dtype = DType::f32;
  std::string name;

  [[nodiscard]] std::size_t bytes() const noexcept { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
};

// 16-bit float conversions, round to nearest even; NaN stays NaN.
[[nodiscard]] std::uint16_t f32_to_f16(float value) noexcept;
[[nodiscard]] float f16_to_f32(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t f32_to_bf16(float value) noexcept;
[[nodiscard]] float bf16_to_f32(std::uint16_t bits) noexcept;

}  // namespace impasto
