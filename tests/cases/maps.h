// Maps that the ops without weights are tested on: resize, add, gate, convert, global average.
#pragma once

#include "runtime/graph.h"

namespace impasto::test {

inline constexpr Shape kMapShapes[] = {
    {1, 1, 1, 1},  {1, 1, 1, 3},   {1, 2, 1, 16},  {1, 5, 7, 1},    {1, 6, 4, 3},     {2, 3, 5, 4},
    {1, 9, 8, 8},  {1, 4, 17, 15}, {1, 8, 7, 17},  {1, 5, 6, 24},   {2, 7, 3, 33},    {1, 16, 16, 32},
    {1, 3, 4, 72}, {1, 4, 4, 129}, {1, 64, 65, 8}, {1, 31, 33, 96}, {1, 128, 127, 3},
};

}  // namespace impasto::test
