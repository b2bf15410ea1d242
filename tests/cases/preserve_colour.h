// Problems that every rung of preserve_colour is tested on: sizes that no strip divides, one pixel, paint that is wider
// than the frame, every matrix.
#pragma once

#include "kernels/preserve_colour/preserve_colour.h"

#include <string_view>

namespace impasto::IMPASTO_TARGET {

struct PreserveColourCase {
  std::string_view name;
  PreserveColourProblem problem;
};

inline constexpr PreserveColourCase kPreserveColourCases[] = {
    {"one pixel", {}},
    {"one column", {.h = 37, .w = 1, .painted_w = 4}},
    {"strips", {.h = 5, .w = 64, .painted_w = 64, .kr = 0.299F, .kb = 0.114F}},
    {"strips and a rest", {.h = 9, .w = 131, .painted_w = 132, .scale = 255}},
    {"paint beside strips", {.h = 4, .w = 128, .painted_w = 135, .kr = 0.2627F, .kb = 0.0593F}},
    {"many rows", {.h = 301, .w = 7, .painted_w = 8, .scale = 255}},
};

}  // namespace impasto::IMPASTO_TARGET
