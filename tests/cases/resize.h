// Sizes that every resize is tested on.
#pragma once

namespace impasto::test {

struct ResizeCase {
  int h, w, out_h, out_w, c;
};

inline constexpr ResizeCase kResizeCases[] = {
    {1, 1, 1, 1, 3},      {1, 1, 5, 9, 3},      {5, 7, 11, 3, 1},   {17, 35, 8, 8, 3},
    {8, 8, 17, 35, 3},    {13, 40, 13, 5, 2},   {31, 7, 64, 70, 1}, {3, 200, 2, 40, 3},
    {9, 5, 18, 10, 8},    {4, 6, 12, 24, 16},   {16, 9, 7, 9, 24},  {2, 3, 2, 3, 40},
    {67, 131, 37, 41, 3}, {96, 128, 64, 36, 3}, {7, 3, 14, 9, 5},   {1, 9, 3, 18, 32},
};

// Pictures that a net sees in a square.
struct LetterboxCase {
  int h, w, side;
};
inline constexpr LetterboxCase kLetterboxCases[] = {{1, 1, 128},   {3, 200, 128}, {200, 3, 128},   {64, 64, 128},
                                                    {40, 30, 128}, {51, 37, 128}, {333, 500, 128}, {7, 4, 37}};

}  // namespace impasto::test
