// Transposed convolutions that every implementation is tested on.
#pragma once

#include "runtime/graph.h"

#include <string_view>

namespace impasto::test {

struct Deconv2dCase {
  std::string_view name;
  Shape x;
  Deconv2d op;
  bool bias = true;
};

inline constexpr Deconv2dCase kDeconv2dCases[] = {
    {"one pixel, 1x1", {1, 1, 1, 1}, {.k = 1, .out_h = 1, .out_w = 1}},
    {"2x2, stride 2, to one channel",
     {1, 9, 7, 16},
     {.k = 1, .r = 2, .s = 2, .stride = 2, .out_h = 18, .out_w = 14, .activation = Activation::sigmoid}},
    {"3x3, stride 2, last row and column dropped",
     {1, 11, 6, 20},
     {.k = 12, .r = 3, .s = 3, .stride = 2, .out_h = 22, .out_w = 12},
     false},
    {"3x3, stride 2, wide", {1, 5, 33, 64}, {.k = 32, .r = 3, .s = 3, .stride = 2, .out_h = 10, .out_w = 66}, false},
    {"3x3, stride 2, whole result", {2, 4, 5, 3}, {.k = 5, .r = 3, .s = 3, .stride = 2, .out_h = 9, .out_w = 11}},
    {"4x4, stride 2, whole result",
     {1, 6, 5, 2},
     {.k = 2, .r = 4, .s = 4, .stride = 2, .out_h = 14, .out_w = 12},
     false},
    {"16x16, stride 8, cropped by 31",
     {1, 11, 13, 2},
     {.k = 2, .r = 16, .s = 16, .stride = 8, .crop_top = 31, .crop_left = 31, .out_h = 50, .out_w = 61},
     false},
    {"4x4, stride 2, 21 channels",
     {1, 5, 3, 21},
     {.k = 21, .r = 4, .s = 4, .stride = 2, .out_h = 12, .out_w = 8},
     false},
    {"16x16, stride 8, 21 channels",
     {1, 3, 4, 21},
     {.k = 21, .r = 16, .s = 16, .stride = 8, .crop_top = 5, .crop_left = 5, .out_h = 19, .out_w = 25},
     false},
    {"odd crop",
     {1, 7, 6, 4},
     {.k = 3, .r = 3, .s = 3, .stride = 2, .crop_top = 1, .crop_left = 3, .out_h = 9, .out_w = 7}},
    {"one pixel of the middle",
     {1, 4, 4, 5},
     {.k = 2, .r = 5, .s = 4, .stride = 3, .crop_top = 7, .crop_left = 5, .out_h = 1, .out_w = 1}},
    {"stride above the filter: pixels that nothing reaches",
     {1, 3, 4, 3},
     {.k = 4, .r = 2, .s = 1, .stride = 3, .out_h = 8, .out_w = 10, .activation = Activation::relu}},
    {"stride 1", {1, 6, 8, 7}, {.k = 9, .r = 3, .s = 2, .stride = 1, .crop_top = 1, .out_h = 6, .out_w = 9}},
    {"stride above the filter, no bias, on tensor cores",
     {1, 3, 5, 8},
     {.k = 8, .r = 1, .s = 2, .stride = 3, .out_h = 7, .out_w = 14},
     false},
    {"fewer output rows than phases",
     {2, 3, 9, 16},
     {.k = 24, .r = 5, .s = 4, .stride = 4, .crop_top = 3, .crop_left = 2, .out_h = 3, .out_w = 31}},
    {"3x3, stride 2, one pixel", {1, 1, 1, 40}, {.k = 16, .r = 3, .s = 3, .stride = 2, .out_h = 3, .out_w = 3}},
    {"3x3, stride 2, two pictures, 8 channels, odd crop",
     {2, 6, 9, 8},
     {.k = 40,
      .r = 3,
      .s = 3,
      .stride = 2,
      .crop_top = 1,
      .crop_left = 1,
      .out_h = 11,
      .out_w = 17,
      .activation = Activation::hard_swish}},
    {"3x3, stride 2, phases of one pixel more than a tile",
     {1, 5, 13, 24},
     {.k = 48, .r = 3, .s = 3, .stride = 2, .out_h = 10, .out_w = 26, .activation = Activation::relu}},
    {"2x2, stride 2, in eights",
     {1, 8, 8, 16},
     {.k = 8, .r = 2, .s = 2, .stride = 2, .out_h = 16, .out_w = 16, .activation = Activation::tanh}},
    {"4x4, stride 2, padded as PyTorch's padding 1",
     {1, 6, 7, 32},
     {.k = 72, .r = 4, .s = 4, .stride = 2, .crop_top = 1, .crop_left = 1, .out_h = 12, .out_w = 14}},
    {"16x16, stride 8, in eights",
     {1, 3, 2, 8},
     {.k = 8, .r = 16, .s = 16, .stride = 8, .crop_top = 4, .crop_left = 4, .out_h = 24, .out_w = 16},
     false},
    {"stride 1, in eights",
     {1, 7, 10, 16},
     {.k = 16, .r = 3, .s = 3, .stride = 1, .crop_top = 1, .crop_left = 1, .out_h = 7, .out_w = 10}},
    {"filter 2x5", {1, 4, 5, 6}, {.k = 3, .r = 2, .s = 5, .stride = 2, .crop_left = 2, .out_h = 8, .out_w = 10}},
};

}  // namespace impasto::test
