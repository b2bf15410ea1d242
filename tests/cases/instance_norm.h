// Instance norms that every implementation is tested on.
#pragma once

#include "runtime/graph.h"

#include <string_view>

namespace impasto::test {

struct InstanceNormCase {
  std::string_view name;
  Shape x;
  InstanceNorm op;
  bool residual = false;
  int styles = 0;    // 0: gamma and beta are [C]
  float offset = 0;  // added to all values of x
  float spread = 1;  // times the values of x, which are in -1..1; 0 is a flat picture
  bool biases = false;
};

inline constexpr InstanceNormCase kInstanceNormCases[] = {
    {"one pixel", {1, 1, 1, 5}, {}},
    {"one channel", {1, 9, 11, 1}, {.activation = Activation::relu}},
    {"three channels to float, sigmoid", {1, 17, 13, 3}, {.activation = Activation::sigmoid, .to_float = true}},
    {"tanh, scale and offset, to float",
     {1, 12, 10, 3},
     {.eps = 1e-3F, .activation = Activation::tanh, .out_scale = 150, .out_offset = 127.5F, .to_float = true}},
    {"four channels", {1, 31, 33, 4}, {.activation = Activation::relu}},
    {"seventeen channels, two pictures", {2, 7, 5, 17}, {.eps = 1e-3F, .activation = Activation::hard_swish}},
    {"32 channels, residual", {1, 19, 21, 32}, {}, true},
    {"32 channels, 26 styles", {1, 16, 15, 32}, {.activation = Activation::relu}, false, 26},
    {"32 channels from 100 numbers and biases, residual", {1, 12, 13, 32}, {}, true, 100, 0, 1, true},
    {"three channels, few numbers and biases", {1, 40, 51, 3}, {.to_float = true}, false, 7, 0, 1, true},
    {"biases without a style", {2, 5, 9, 6}, {}, false, 0, 0, 1, true},
    {"100 channels, styles and residual", {2, 4, 3, 100}, {}, true, 3},
    {"128 channels, a map of several tiles", {1, 40, 37, 128}, {.activation = Activation::relu}},
    {"a map of many tiles", {1, 263, 257, 8}, {}},
    {"more parts than rows merge them", {1, 401, 523, 3}, {}},
    {"channels in more than one group", {1, 37, 29, 264}, {.eps = 1e-3F, .activation = Activation::sigmoid}, true, 2},
    {"far from zero", {1, 150, 131, 3}, {}, false, 0, 1000, 0.25F},
    {"flat", {1, 20, 20, 8}, {.activation = Activation::relu}, false, 0, 3.7F, 0},
    {"flat and large", {1, 33, 9, 5}, {.to_float = true}, false, 0, 6299.5F, 0},
};

}  // namespace impasto::test
