// Inputs of portrait nets that every implementation is tested on.
#pragma once

#include "runtime/graph.h"

#include <array>

namespace impasto::test {

struct PortraitInputCase {
  int h, w;
  int mask_h, mask_w;         // 0: no mask
  std::array<float, 8> face;  // of the graph input
};

// Pixels that no vector divides; the mask's pixels met exactly, between, at its edge, outside, far outside; no face,
// with a map that would give numbers, and with one that would not.
inline constexpr PortraitInputCase kPortraitInputCases[] = {
    {1, 1, 0, 0, {}},
    {13, 9, 0, 0, {}},
    {16, 32, 0, 0, {}},
    {1, 1, 4, 3, {1, 0, 0, 0, 1, 0, 1, 0}},
    {6, 5, 4, 3, {1, 0, 0, 0, 1, 0, 1, 0}},
    {17, 33, 20, 15, {0.375F, 0.0625F, 1.25F, -0.03125F, 0.5F, -0.75F, 1, 0}},
    {9, 40, 8, 6, {64.5F, 3, -1100, -1.75F, 40.25F, -300, 1, 0}},
    {7, 40, 1, 1, {0.25F, 0, -3, 0, 0.25F, 0, 1, 0}},
    {5, 7, 20, 15, {1, 0, 0, 0, 1, 0, 0, 0}},
    {5, 7, 20, 15, {1e38F, 1e38F, 1e38F, -1e38F, -1e38F, -1e38F, 1, 0}},
};

}  // namespace impasto::test
