// Problems that every rung of elementwise and of pad is tested on: sizes that no vector divides, one value, channels in
// eights and not, gates, crops that touch each side of b, every activation. Each is run in every combination of types.
#pragma once

#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/pad.h"

#include <string_view>

namespace impasto::IMPASTO_TARGET {

struct ElementwiseCase {
  std::string_view name;
  ElementwiseProblem problem;
};

inline constexpr ElementwiseCase kElementwiseCases[] = {
    {"one value", {.scale = 0.5F}},
    {"a picture", {.h = 13, .w = 17, .c = 3, .scale = 1.0F / 255}},
    {"one vector and one value more", {.w = 9}},
    {"one block's vectors and one value more", {.w = 2049}},
    {"many blocks", {.n = 2, .h = 37, .w = 41, .c = 8, .scale = 2}},
    {"output map, tanh", {.h = 9, .w = 7, .c = 3, .activation = Activation::tanh, .scale = 127.5F, .offset = 127.5F}},
    {"output map, sigmoid", {.h = 8, .w = 7, .c = 3, .activation = Activation::sigmoid, .scale = 255}},
    {"sum", {.h = 5, .w = 6, .c = 24, .addend = true, .b_h = 5, .b_w = 6}},
    {"sum, relu", {.n = 2, .h = 3, .w = 5, .c = 7, .addend = true, .b_h = 3, .b_w = 5, .activation = Activation::relu}},
    {"sum, relu6", {.w = 100, .c = 3, .addend = true, .b_h = 1, .b_w = 100, .activation = Activation::relu6}},
    {"sum, hard_swish", {.w = 100, .c = 3, .addend = true, .b_h = 1, .b_w = 100, .activation = Activation::hard_swish}},
    {"gate", {.n = 2, .h = 6, .w = 5, .c = 16, .factor = Factor::channel}},
    {"gate of channels in fours", {.n = 2, .h = 3, .w = 3, .c = 12, .factor = Factor::channel}},
    {"gate of odd channels", {.n = 3, .h = 4, .w = 5, .c = 33, .factor = Factor::channel}},
    {"gate and addend",
     {.n = 2, .h = 4, .w = 7, .c = 72, .factor = Factor::channel, .addend = true, .b_h = 4, .b_w = 7}},
    {"product", {.n = 1, .h = 7, .w = 9, .c = 5, .factor = Factor::map}},
    {"product and addend", {.h = 4, .w = 9, .c = 8, .factor = Factor::map, .addend = true, .b_h = 4, .b_w = 9}},
    {"crop, two channels",
     {.n = 2, .h = 6, .w = 5, .c = 2, .addend = true, .b_h = 17, .b_w = 16, .crop_top = 5, .crop_left = 5}},
    {"crop, 21 channels",
     {.h = 4, .w = 5, .c = 21, .addend = true, .b_h = 23, .b_w = 24, .crop_top = 9, .crop_left = 9}},
    {"crop, eight channels",
     {.n = 2, .h = 4, .w = 3, .c = 8, .addend = true, .b_h = 5, .b_w = 9, .crop_top = 1, .crop_left = 6}},
    {"crop at the corner", {.h = 3, .w = 4, .c = 16, .addend = true, .b_h = 4, .b_w = 4}},
    {"gate and crop",
     {.n = 2,
      .h = 3,
      .w = 4,
      .c = 24,
      .factor = Factor::channel,
      .addend = true,
      .b_h = 3,
      .b_w = 6,
      .crop_left = 2,
      .activation = Activation::relu}},
};

struct PadCase {
  std::string_view name;
  PadProblem problem;
};

inline constexpr PadCase kPadCases[] = {
    {"no pad", {.h = 3, .w = 5, .c = 3}},
    {"below and right of a picture", {.h = 13, .w = 18, .c = 3, .bottom = 3, .right = 2}},
    {"all sides, two pictures", {.n = 2, .h = 7, .w = 9, .c = 3, .top = 4, .left = 2, .bottom = 3, .right = 6}},
    {"as far as reflection goes", {.h = 5, .w = 6, .c = 2, .top = 4, .left = 5, .bottom = 4, .right = 5}},
    {"rows of whole vectors", {.n = 2, .h = 6, .w = 64, .c = 1, .top = 1, .left = 16, .right = 32}},
    {"pixels of whole vectors", {.h = 5, .w = 4, .c = 16, .top = 2, .left = 3, .bottom = 1, .right = 3}},
    {"wide rows", {.h = 3, .w = 701, .c = 3, .top = 2, .left = 5, .bottom = 1, .right = 1}},
    {"one column", {.h = 40, .w = 1, .c = 5, .top = 3, .bottom = 7}},
    {"one pixel, edge", {.c = 3, .top = 40, .left = 20, .right = 33, .mode = PadProblem::Mode::edge}},
    {"edge",
     {.n = 2, .h = 4, .w = 9, .c = 3, .top = 1, .left = 2, .bottom = 9, .right = 30, .mode = PadProblem::Mode::edge}},
    {"channels", {.n = 2, .h = 5, .w = 3, .c = 24, .zeros = 4}},
    {"channels, pixels that no vector divides", {.h = 4, .w = 5, .c = 42, .zeros = 6}},
    {"channels and sides", {.n = 2, .h = 4, .w = 6, .c = 5, .top = 1, .left = 2, .right = 3, .zeros = 3}},
    {"cut on all sides", {.n = 2, .h = 9, .w = 30, .c = 3, .top = -2, .left = -5, .bottom = -1, .right = -4}},
    {"cut, one row crosses another", {.h = 5, .w = 64, .c = 1, .bottom = -1, .right = -33}},
    {"cut and padded", {.h = 6, .w = 21, .c = 2, .top = -3, .left = 4, .bottom = 3, .right = -7}},
    {"edge, wide rows", {.h = 2, .w = 300, .c = 4, .left = 1, .bottom = 2, .mode = PadProblem::Mode::edge}},
};

}  // namespace impasto::IMPASTO_TARGET
