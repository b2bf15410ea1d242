// Poolings that every implementation is tested on. Global averages and softmaxes are tested on the maps of maps.h.
#pragma once

#include "runtime/graph.h"

namespace impasto::test {

struct MaxPoolCase {
  Shape x;
  MaxPool op;
};

inline constexpr MaxPoolCase kMaxPoolCases[] = {
    {{1, 1, 1, 1}, {.r = 1, .s = 1, .stride = 1}},
    {{1, 1, 1, 3}, {.r = 1, .s = 1, .ceil_mode = true}},
    {{1, 8, 6, 16}, {}},
    {{1, 9, 7, 16}, {}},
    {{1, 9, 7, 16}, {.ceil_mode = true}},
    {{2, 5, 6, 3}, {.ceil_mode = true}},
    {{1, 5, 6, 64}, {.r = 3, .s = 3, .stride = 2, .pad = 1}},
    {{1, 6, 5, 33}, {.r = 3, .s = 3, .stride = 2, .pad = 1, .ceil_mode = true}},
    {{2, 7, 10, 8}, {.r = 2, .s = 2, .stride = 4, .pad = 1, .ceil_mode = true}},
    {{1, 10, 12, 24}, {.r = 2, .s = 5, .stride = 3, .ceil_mode = true}},
    {{1, 7, 4, 5}, {.r = 1, .s = 1, .stride = 3, .ceil_mode = true}},
    {{1, 67, 33, 8}, {.ceil_mode = true}},
};

}  // namespace impasto::test
