// Weights in the order in which the lanes of mma.m16n8k16 hold them, for the rungs that keep them so: a line is 16 taps
// of 32 columns, what four mma with one a want. A lane loads what it holds for two of them at once.
#pragma once

#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

constexpr int kFragmentColumns = 32;
constexpr int kFragmentVectors = 64;  // of a line: [mma 0 and 1, mma 2 and 3][lane]

[[nodiscard]] constexpr std::size_t fragment_bytes(int lines) {
  return sizeof(uint4) * kFragmentVectors * static_cast<std::size_t>(lines);
}

// Line by line; weight(line, tap, column) gives a weight, or zero.
template <typename Weight>
void pack_fragments(int lines, half* to, Weight weight) {
  for (int i = 0; i < lines * kFragmentVectors * 8; ++i) {
    const int lane = i / 8 % 32;
    const int tap = i / 2 % 2 * 8 + lane % 4 * 2 + i % 2;
    const int column = (i / 256 % 2 * 2 + i / 4 % 2) * 8 + lane / 4;
    *to++ = from_float<half>(weight(i / 512, tap, column));
  }
}

}  // namespace impasto::IMPASTO_TARGET
