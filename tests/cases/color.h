// Conversions that every rung of color is tested on: every model, depth, range, subsampling and siting once at least,
// sizes that no strip divides, one pixel, and a matte.
#pragma once

#include "runtime/pixel_format.h"

#include <string_view>

namespace impasto::test {

struct ColorCase {
  std::string_view name;
  int h = 1, w = 1;
  PixelFormat from{};
  PixelFormat to{};
  bool matte = false;  // instead of `from`
};

inline constexpr PixelFormat kRgb{};
inline constexpr PixelFormat kYuv420{PixelFormat::Model::yuv, 8, 1, 1, 0.2126, 0.0722, PixelFormat::Range::limited,
                                     PixelFormat::Site::left};
inline constexpr PixelFormat kYuv420Centre{PixelFormat::Model::yuv,  8, 1, 1, 0.299, 0.114, PixelFormat::Range::full,
                                           PixelFormat::Site::centre};
inline constexpr PixelFormat kYuv420TopLeft10{
    PixelFormat::Model::yuv, 10, 1, 1, 0.2627, 0.0593, PixelFormat::Range::limited, PixelFormat::Site::top_left};
inline constexpr PixelFormat kYuv422{PixelFormat::Model::yuv, 8, 1, 0, 0.299, 0.114, PixelFormat::Range::limited,
                                     PixelFormat::Site::left};
inline constexpr PixelFormat kYuv440{PixelFormat::Model::yuv, 12, 0, 1, 0.2126, 0.0722, PixelFormat::Range::full,
                                     PixelFormat::Site::top};
inline constexpr PixelFormat kYuv444{PixelFormat::Model::yuv, 10, 0, 0, 0.2126, 0.0722, PixelFormat::Range::limited,
                                     PixelFormat::Site::left};
inline constexpr PixelFormat kYuv411{PixelFormat::Model::yuv, 8, 2, 0, 0.299, 0.114, PixelFormat::Range::limited,
                                     PixelFormat::Site::left};
inline constexpr PixelFormat kYuv410{PixelFormat::Model::yuv,  16, 2, 2, 0.2126, 0.0722, PixelFormat::Range::full,
                                     PixelFormat::Site::centre};
inline constexpr PixelFormat kNv12{PixelFormat::Model::yuv, 8,   1, 1, 0.2126, 0.0722, PixelFormat::Range::limited,
                                   PixelFormat::Site::left, true};
inline constexpr PixelFormat kNv12Centre{PixelFormat::Model::yuv,   8,   1, 1, 0.299, 0.114, PixelFormat::Range::full,
                                         PixelFormat::Site::centre, true};
inline constexpr PixelFormat kNv16TopLeft10{
    PixelFormat::Model::yuv, 10, 1, 0, 0.2627, 0.0593, PixelFormat::Range::limited, PixelFormat::Site::top_left, true};
inline constexpr PixelFormat kNv24{PixelFormat::Model::yuv, 8,   0, 0, 0.2126, 0.0722, PixelFormat::Range::limited,
                                   PixelFormat::Site::left, true};
inline constexpr PixelFormat kNv410{PixelFormat::Model::yuv,   16,  2, 2, 0.2126, 0.0722, PixelFormat::Range::full,
                                    PixelFormat::Site::centre, true};
inline constexpr PixelFormat kGbr16{.model = PixelFormat::Model::gbr, .depth = 16};
inline constexpr PixelFormat kGrey{.model = PixelFormat::Model::grey, .range = PixelFormat::Range::limited};

inline constexpr ColorCase kColorCases[] = {
    {"one pixel of 4:2:0 to rgb", 1, 1, kYuv420, kRgb},
    {"one pixel of rgb to 4:2:0", 1, 1, kRgb, kYuv420},
    {"4:2:0 to rgb", 22, 36, kYuv420, kRgb},
    {"4:2:0 to rgb, odd", 7, 13, kYuv420, kRgb},
    {"4:2:0 centred to rgb", 9, 130, kYuv420Centre, kRgb},
    {"4:2:0 of 10 bits, top left, to rgb", 5, 11, kYuv420TopLeft10, kRgb},
    {"4:2:2 to rgb", 4, 18, kYuv422, kRgb},
    {"4:4:0 to rgb", 6, 9, kYuv440, kRgb},
    {"4:4:4 to rgb", 3, 20, kYuv444, kRgb},
    {"4:1:1 to rgb", 3, 14, kYuv411, kRgb},
    {"4:1:0 centred to rgb", 10, 15, kYuv410, kRgb},
    {"gbr to rgb", 4, 6, kGbr16, kRgb},
    {"grey to rgb", 2, 17, kGrey, kRgb},
    {"rgb to 4:2:0", 24, 40, kRgb, kYuv420},
    {"rgb to 4:2:0, odd", 5, 7, kRgb, kYuv420},
    {"rgb to 4:2:0 centred", 7, 130, kRgb, kYuv420Centre},
    {"rgb to 4:2:0 of 10 bits, top left", 6, 9, kRgb, kYuv420TopLeft10},
    {"rgb to 4:2:2", 3, 21, kRgb, kYuv422},
    {"rgb to 4:4:0", 7, 6, kRgb, kYuv440},
    {"rgb to 4:4:4", 2, 19, kRgb, kYuv444},
    {"rgb to 4:1:1", 3, 22, kRgb, kYuv411},
    {"rgb to 4:1:0 centred", 9, 13, kRgb, kYuv410},
    {"rgb to gbr", 5, 10, kRgb, kGbr16},
    {"rgb to grey", 5, 9, kRgb, kGrey},
    {"4:2:0 of 10 bits, top left, to 4:2:2", 8, 23, kYuv420TopLeft10, kYuv422},
    {"4:1:1 to 4:2:0", 8, 12, kYuv411, kYuv420},
    {"grey to grey of 16 bits", 3, 7, kGrey, {.model = PixelFormat::Model::grey, .depth = 16}},
    {"one pixel of NV12 to rgb", 1, 1, kNv12, kRgb},
    {"one pixel of rgb to NV12", 1, 1, kRgb, kNv12},
    {"NV12 to rgb", 22, 36, kNv12, kRgb},
    {"NV12 to rgb, odd", 3, 5, kNv12, kRgb},
    {"NV12 centred to rgb, a strip's edge", 9, 129, kNv12Centre, kRgb},
    {"rgb to NV12", 24, 40, kRgb, kNv12},
    {"rgb to NV12, odd", 3, 5, kRgb, kNv12},
    {"rgb to NV12 centred, a strip's edge", 7, 131, kRgb, kNv12Centre},
    {"semi-planar 4:2:2 of 10 bits to NV12", 6, 33, kNv16TopLeft10, kNv12},
    {"rgb to semi-planar 4:2:2 of 10 bits", 3, 22, kRgb, kNv16TopLeft10},
    {"semi-planar 4:4:4 to rgb", 5, 11, kNv24, kRgb},
    {"rgb to semi-planar 4:4:4, more chroma than luma", 17, 34, kRgb, kNv24},
    {"semi-planar 4:1:0 to rgb", 5, 14, kNv410, kRgb},
    {"rgb to semi-planar 4:1:0", 9, 15, kRgb, kNv410},
    {"a matte to NV12", 6, 9, {}, kNv12, true},
    {"a matte to rgb", 5, 7, {}, kRgb, true},
    {"a matte to 4:2:0", 6, 9, {}, kYuv420, true},
    {"a matte to grey of 16 bits", 3, 33, {}, {.model = PixelFormat::Model::grey, .depth = 16}, true},
};

}  // namespace impasto::test
