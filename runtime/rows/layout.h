// How tensors lie in memory on the cpu device: NHWC, dense or with a border that its writer fills. Where convolutions
// run faster on it, channels are cut into blocks: [N, C/16, H, W, 16], which is oneDNN's nChw16c. To whatever takes
// values one by one that is an NHWC tensor of C/16 times as many pictures of 16 channels, and so Layout describes it.
#pragma once

#include "runtime/graph.h"

#include <cstddef>
#include <vector>

namespace impasto::cpu {

// Pixels around each picture of a tensor.
struct Border {
  int top = 0, left = 0, bottom = 0, right = 0;
  PadMode mode = PadMode::zero;

  [[nodiscard]] bool empty() const noexcept { return top == 0 && left == 0 && bottom == 0 && right == 0; }
  friend bool operator==(const Border&, const Border&) = default;
};

struct Layout {
  Shape shape;  // {N * blocks, H, W, channels of a block}
  DType dtype = DType::f32;
  Border border{};
  int blocks = 1;

  [[nodiscard]] int channels() const noexcept { return shape.c * blocks; }
  [[nodiscard]] int pictures() const noexcept { return shape.n / blocks; }
  [[nodiscard]] Layout in_blocks(int count) const noexcept {
    return {{pictures() * count, shape.h, shape.w, channels() / count}, dtype, border, count};
  }

  [[nodiscard]] int padded_h() const noexcept { return shape.h + border.top + border.bottom; }
  [[nodiscard]] int padded_w() const noexcept { return shape.w + border.left + border.right; }
  [[nodiscard]] std::size_t pixel_bytes() const noexcept;
  [[nodiscard]] std::size_t row_bytes() const noexcept;   // a padded row
  [[nodiscard]] std::size_t bytes() const noexcept;       // all of it
  [[nodiscard]] std::size_t row_values() const noexcept;  // values of a row without its border
  // First pixel of row y of picture n, past the border. Rows of the border are -top..-1 and h..h+bottom-1.
  [[nodiscard]] std::byte* row(std::byte* base, int n, int y) const noexcept;
  [[nodiscard]] const std::byte* row(const std::byte* base, int n, int y) const noexcept;
  // To be called when row y is written: fills the border beside it and the border rows that it is the source of.
  void finish_row(std::byte* base, int n, int y) const noexcept;
};

// out[i * out_step ..] = in[i * in_step ..], `bytes` each, `count` times. Steps are in bytes.
void copy_runs(std::byte* out, std::size_t out_step, const std::byte* in, std::size_t in_step, std::size_t bytes,
               int count) noexcept;

}  // namespace impasto::cpu
