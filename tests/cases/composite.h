// What every rung of composite is tested on: each format of cases/color.h under each kind of layer, sizes that no strip
// divides, and every input left out.
#pragma once

#include "runtime/graph.h"
#include "tests/cases/color.h"

#include <string_view>

namespace impasto::test {

struct CompositeCase {
  std::string_view name;
  int h = 1, w = 1;
  Composite op{};
  int extra_w = 0;  // columns of the painted picture beyond w
  bool matte = true;
  bool painted = true;
};

inline constexpr Composite over_picture(const PixelFormat& format) {
  return {.format = format, .behind = Composite::Behind::picture, .painted_scale = 255};
}

inline constexpr CompositeCase kCompositeCases[] = {
    {"one pixel, 4:2:0", 1, 1, {.format = kYuv420}},
    {"4:2:0", 26, 48, {.format = kYuv420}},
    {"4:2:0, odd, painted wider", 7, 13, {.format = kYuv420}, 3},
    {"4:2:0 centred, both sides painted",
     5,
     130,
     {.format = kYuv420Centre, .paint_inside = 0.6F, .paint_outside = 0.3F}},
    {"4:2:0 of 10 bits, top left", 6, 11, {.format = kYuv420TopLeft10}},
    {"4:2:2", 3, 18, {.format = kYuv422, .paint_inside = 0.7F}, 2},
    {"4:4:0", 6, 9, {.format = kYuv440}},
    {"4:4:4", 3, 20, {.format = kYuv444}},
    {"4:1:1", 3, 14, {.format = kYuv411}},
    {"4:1:0 centred", 10, 15, {.format = kYuv410}},
    {"gbr", 4, 6, {.format = kGbr16, .paint_inside = 0, .paint_outside = 1}},
    {"grey", 2, 17, {.format = kGrey}, 4},
    {"rgb", 4, 24, {.format = kRgb}},
    {"rgb, odd", 5, 7, {.format = kRgb}, 1},
    {"rgb, no matte, rounded down", 3, 10, {.format = kRgb, .truncate = true}, 0, false},
    {"4:2:0, no matte, half strength", 5, 14, {.format = kYuv420, .paint_inside = 0.5F}, 0, false},
    {"4:2:0 before a colour",
     8,
     13,
     {.format = kYuv420, .paint_inside = 0.8F, .behind = Composite::Behind::colour, .colour = {10, 200, 90}}},
    {"4:2:0 before a colour, no paint",
     6,
     16,
     {.format = kYuv420, .behind = Composite::Behind::colour, .colour = {250, 3, 77}},
     0,
     true,
     false},
    {"4:2:0 before a picture", 7, 12, over_picture(kYuv420)},
    {"rgb before a picture, odd", 3, 9, over_picture(kRgb), 2},
    {"4:1:1 before a picture", 4, 21, over_picture(kYuv411)},
    {"one pixel, NV12", 1, 1, {.format = kNv12}},
    {"NV12", 26, 48, {.format = kNv12}},
    {"NV12, odd, painted wider", 3, 5, {.format = kNv12}, 3},
    {"NV12 centred, both sides painted", 5, 131, {.format = kNv12Centre, .paint_inside = 0.6F, .paint_outside = 0.3F}},
    {"NV12 before a picture", 7, 12, over_picture(kNv12)},
    {"semi-planar 4:2:2 of 10 bits", 3, 18, {.format = kNv16TopLeft10}},
    {"semi-planar 4:4:4", 17, 34, {.format = kNv24}},
    {"semi-planar 4:1:0", 10, 15, {.format = kNv410}},
    {"no paint: the frame", 5, 9, {.format = kYuv420}, 0, true, false},
};

}  // namespace impasto::test
