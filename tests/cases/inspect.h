// Pictures and mattes that Inspect is tested on.
#pragma once

#include "runtime/graph.h"

namespace impasto::test {

inline constexpr Shape kInspectShapes[] = {{1, 1, 1, 1},   {1, 1, 1, 3},     {1, 1, 63, 1},   {1, 3, 64, 3},
                                           {1, 5, 7, 1},   {1, 144, 129, 1}, {1, 145, 47, 3}, {1, 2, 4096, 3},
                                           {1, 3, 385, 3}, {1, 131, 127, 3}};

}  // namespace impasto::test
