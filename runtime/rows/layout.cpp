#include "runtime/rows/layout.h"

#include <cstring>

namespace impasto::cpu {

std::size_t Layout::pixel_bytes() const noexcept {
  return static_cast<std::size_t>(shape.c) * size_of(dtype);
}
std::size_t Layout::row_bytes() const noexcept {
  return static_cast<std::size_t>(padded_w()) * pixel_bytes();
}
std::size_t Layout::bytes() const noexcept {
  return static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(padded_h()) * row_bytes();
}
std::size_t Layout::row_values() const noexcept {
  return static_cast<std::size_t>(shape.w) * static_cast<std::size_t>(shape.c);
}

const std::byte* Layout::row(const std::byte* base, int n, int y) const noexcept {
  const std::ptrdiff_t rows = std::ptrdiff_t{n} * padded_h() + border.top + y;
  return base + rows * static_cast<std::ptrdiff_t>(row_bytes()) +
         border.left * static_cast<std::ptrdiff_t>(pixel_bytes());
}
std::byte* Layout::row(std::byte* base, int n, int y) const noexcept {
  return const_cast<std::byte*>(row(static_cast<const std::byte*>(base), n, y));
}

void Layout::finish_row(std::byte* base, int n, int y) const noexcept {
  if (border.empty()) return;
  const auto pixel = static_cast<std::ptrdiff_t>(pixel_bytes());
  const std::ptrdiff_t left = border.left;
  const std::ptrdiff_t right = border.right;
  std::byte* const first = row(base, n, y);
  std::byte* const last = first + (shape.w - 1) * pixel;
  std::byte* const whole = first - left * pixel;
  const auto copy_to = [&](int other) { std::memcpy(row(base, n, other) - left * pixel, whole, row_bytes()); };

  if (border.mode == PadMode::reflect) {
    for (std::ptrdiff_t i = 1; i <= left; ++i) std::memcpy(first - i * pixel, first + i * pixel, pixel_bytes());
    for (std::ptrdiff_t i = 1; i <= right; ++i) std::memcpy(last + i * pixel, last - i * pixel, pixel_bytes());
    if (y >= 1 && y <= border.top) copy_to(-y);
    const int from_end = shape.h - 1 - y;
    if (from_end >= 1 && from_end <= border.bottom) copy_to(shape.h - 1 + from_end);
    return;
  }
  std::memset(whole, 0, static_cast<std::size_t>(left * pixel));
  std::memset(last + pixel, 0, static_cast<std::size_t>(right * pixel));
  const auto clear = [&](int from, int to) {
    for (int i = from; i < to; ++i) std::memset(row(base, n, i) - left * pixel, 0, row_bytes());
  };
  if (y == 0) clear(-border.top, 0);
  if (y == shape.h - 1) clear(shape.h, shape.h + border.bottom);
}

namespace {

template <std::size_t Bytes>
void copy_fixed_runs(std::byte* out, std::size_t out_step, const std::byte* in, std::size_t in_step,
                     int count) noexcept {
  for (int i = 0; i < count; ++i, out += out_step, in += in_step) std::memcpy(out, in, Bytes);
}

}  // namespace

void copy_runs(std::byte* out, std::size_t out_step, const std::byte* in, std::size_t in_step, std::size_t bytes,
               int count) noexcept {
  switch (bytes) {
    case 4:
      return copy_fixed_runs<4>(out, out_step, in, in_step, count);
    case 8:
      return copy_fixed_runs<8>(out, out_step, in, in_step, count);
    case 16:
      return copy_fixed_runs<16>(out, out_step, in, in_step, count);
    case 32:
      return copy_fixed_runs<32>(out, out_step, in, in_step, count);
    case 64:
      return copy_fixed_runs<64>(out, out_step, in, in_step, count);
    case 128:
      return copy_fixed_runs<128>(out, out_step, in, in_step, count);
    default:
      for (int i = 0; i < count; ++i, out += out_step, in += in_step) std::memcpy(out, in, bytes);
  }
}

}  // namespace impasto::cpu
