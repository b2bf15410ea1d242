// What to_rgb, convert_planes and matte_to_planes must do on every backend.
#pragma once

#include "tests/kernels/pixels_run.h"

namespace impasto::test::colour_checks {

using Model = PixelFormat::Model;
using Range = PixelFormat::Range;
using Site = PixelFormat::Site;

inline const std::vector<std::pair<int, int>> kSizes{{1, 1}, {3, 5}, {5, 7}, {2, 67}, {9, 33}};
inline const std::vector<std::pair<int, int>> kShifts{{1, 1}, {1, 0}, {0, 1}, {2, 0}, {2, 2}};

inline std::vector<PixelFormat> formats() {
  std::vector<PixelFormat> list;
  for (const int depth : {8, 10, 16}) {
    for (const Range range : {Range::full, Range::limited}) {
      list.push_back({.model = Model::rgb, .depth = depth, .range = range});
      list.push_back({.model = Model::gbr, .depth = depth, .range = range});
      list.push_back({.model = Model::grey, .depth = depth, .range = range});
      list.push_back({.model = Model::yuv, .depth = depth, .kr = 0.2627, .kb = 0.0593, .range = range});
      for (const Site site : {Site::left, Site::centre, Site::top_left, Site::top}) {
        for (const auto& [w, h] : kShifts) {
          if (depth == 16 && site != Site::left) continue;
          list.push_back({Model::yuv, depth, w, h, 0.2126, 0.0722, range, site});
        }
      }
    }
  }
  // Semi-planar: NV12 in every matrix, range and site, and its relatives.
  for (const Range range : {Range::full, Range::limited}) {
    for (const Site site : {Site::left, Site::centre, Site::top_left, Site::top}) {
      for (const auto& [kr, kb] : {std::pair(0.299, 0.114), std::pair(0.2126, 0.0722), std::pair(0.2627, 0.0593)}) {
        list.push_back({Model::yuv, 8, 1, 1, kr, kb, range, site, true});
      }
      list.push_back({Model::yuv, 10, 1, 0, 0.2126, 0.0722, range, site, true});
    }
    list.push_back({Model::yuv, 8, 0, 0, 0.2126, 0.0722, range, Site::left, true});
    list.push_back({Model::yuv, 16, 1, 1, 0.2126, 0.0722, range, Site::left, true});
    list.push_back({Model::yuv, 8, 2, 2, 0.2126, 0.0722, range, Site::centre, true});
  }
  return list;
}

// Float32 beside double, in samples.
inline double slack(int depth) {
  return std::ldexp(1.0, depth - 8) * 1e-3;
}

inline void to_rgb_follows_h273(Backend& backend) {
  for (const PixelFormat& format : formats()) {
    for (const auto& [h, w] : kSizes) {
      CAPTURE(static_cast<int>(format.model), format.depth, format.log2_chroma_w, format.log2_chroma_h, h, w,
              format.semi_planar, static_cast<int>(format.site), static_cast<int>(format.range));
      const std::vector<Input> planes = random_planes(format, h, w, 7);
      const auto out = run_op(backend, ToRgb{format}, planes);
      CHECK(beyond_rounding(out[0], reference::to_rgb(format, maps_of(planes)), 8) <= slack(8));
    }
  }
}

inline void from_rgb_follows_h273(Backend& backend) {
  const PixelFormat rgb;
  for (const PixelFormat& format : formats()) {
    for (const auto& [h, w] : kSizes) {
      CAPTURE(static_cast<int>(format.model), format.depth, format.log2_chroma_w, format.log2_chroma_h, h, w,
              format.semi_planar, static_cast<int>(format.site), static_cast<int>(format.range));
      const std::vector<Input> picture = random_planes(rgb, h, w, 3);
      const auto out = run_op(backend, ConvertPlanes{rgb, format}, picture);
      const auto exact = reference::from_rgb(format, picture[0].map);
      for (std::size_t i = 0; i < out.size(); ++i)
        CHECK(beyond_rounding(out[i], exact[i], format.depth) <= slack(format.depth));
    }
  }
}

inline void yuv_to_yuv_is_unclipped(Backend& backend) {
  const PixelFormat from{Model::yuv, 10, 1, 1, 0.2627, 0.0593, Range::limited, Site::left};
  const PixelFormat to{Model::yuv, 8, 1, 0, 0.2126, 0.0722, Range::full, Site::centre};
  const std::vector<Input> planes = random_planes(from, 7, 21, 5);
  const auto out = run_op(backend, ConvertPlanes{from, to}, planes);
  const auto exact = reference::from_rgb(to, reference::to_rgb(from, maps_of(planes)));
  for (std::size_t i = 0; i < out.size(); ++i) CHECK(beyond_rounding(out[i], exact[i], 8) <= slack(8));
}

inline void equal_formats_are_copied(Backend& backend) {
  for (const PixelFormat& format : formats()) {
    const std::vector<Input> planes = random_planes(format, 5, 9, 11);
    const auto out = run_op(backend, ConvertPlanes{format, format}, planes);
    for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i].v == planes[i].map.v);
  }
}

inline void depth_and_range_alone(Backend& backend) {
  for (const Range range : {Range::limited, Range::full}) {
    const PixelFormat from{Model::yuv, 10, 1, 1, 0.2126, 0.0722, range, Site::left};
    PixelFormat to = from;
    to.depth = 8;
    const std::vector<Input> planes = random_planes(from, 6, 10, 2);
    const auto out = run_op(backend, ConvertPlanes{from, to}, planes);
    for (std::size_t i = 0; i < out.size(); ++i) {
      reference::Map exact = planes[i].map;
      for (double& v : exact.v) v = reference::encode(to, reference::decode(from, v, i > 0), i > 0);
      CHECK(beyond_rounding(out[i], exact, 8) <= slack(8));
    }
  }
}

inline void cb_and_cr_change_places(Backend& backend) {
  for (const auto& [h, w] : kSizes) {
    const PixelFormat planar{Model::yuv, 8, 1, 1, 0.2126, 0.0722, Range::limited, Site::left};
    PixelFormat nv12 = planar;
    nv12.semi_planar = true;
    const std::vector<Input> planes = random_planes(nv12, h, w, 4);
    const auto apart = run_op(backend, ConvertPlanes{nv12, planar}, planes);
    CHECK(apart[0].v == planes[0].map.v);
    for (std::size_t i = 0; i < apart[1].v.size(); ++i) {
      CHECK(apart[1].v[i] == planes[1].map.v[2 * i]);
      CHECK(apart[2].v[i] == planes[1].map.v[2 * i + 1]);
    }
    std::vector<Input> inputs;
    for (const reference::Map& plane : apart) inputs.push_back({plane, DType::u8});
    const auto back = run_op(backend, ConvertPlanes{planar, nv12}, inputs);
    for (std::size_t i = 0; i < back.size(); ++i) CHECK(back[i].v == planes[i].map.v);
    // To another depth, Cb and Cr staying together.
    PixelFormat deep = nv12;
    deep.depth = 10;
    const auto deeper = run_op(backend, ConvertPlanes{nv12, deep}, planes);
    for (std::size_t i = 0; i < deeper[1].v.size(); ++i) CHECK(deeper[1].v[i] == 4 * planes[1].map.v[i]);
  }
}

inline void rgb_survives(Backend& backend) {
  const PixelFormat rgb;
  const std::vector<Input> picture = random_planes(rgb, 64, 65, 1);
  for (const PixelFormat& format :
       {PixelFormat{.model = Model::gbr}, PixelFormat{.model = Model::gbr, .depth = 16},
        PixelFormat{.model = Model::yuv, .depth = 10}, PixelFormat{.model = Model::yuv, .depth = 16}}) {
    std::vector<Input> planes;
    for (auto& plane : run_op(backend, ConvertPlanes{rgb, format}, picture)) planes.push_back({plane, format.dtype()});
    CHECK(run_op(backend, ConvertPlanes{format, rgb}, planes)[0].v == picture[0].map.v);
    CHECK(run_op(backend, ToRgb{format}, planes)[0].v == picture[0].map.v);
  }
}

inline void grey_has_neutral_chroma(Backend& backend) {
  for (const PixelFormat& format : formats()) {
    if (format.model != Model::yuv) continue;
    reference::Map grey(5, 5, 3);
    for (std::size_t i = 0; i < grey.v.size(); ++i) grey.v[i] = static_cast<double>(i / 3 * 10);
    const auto out = run_op(backend, ConvertPlanes{PixelFormat{}, format}, {{grey, DType::u8}});
    for (std::size_t i = 1; i < out.size(); ++i) {
      for (const double v : out[i].v) CHECK(v == std::ldexp(1.0, format.depth - 1));
    }
  }
}

inline void matte_is_grey(Backend& backend) {
  const reference::Map m = random_map(5, 7, 1, 0, 1, 3);
  for (const PixelFormat& format : {PixelFormat{}, PixelFormat{.model = Model::grey, .depth = 16},
                                    PixelFormat{Model::yuv, 8, 1, 1, 0.2126, 0.0722, Range::limited}}) {
    reference::Map rgb(5, 7, 3);
    for (std::size_t i = 0; i < rgb.v.size(); ++i) rgb.v[i] = 255 * m.v[i / 3];
    const auto out = run_op(backend, MatteToPlanes{format}, {{m, DType::f32}});
    const auto exact = reference::from_rgb(format, rgb);
    for (std::size_t i = 0; i < out.size(); ++i) {
      CHECK(beyond_rounding(out[i], exact[i], format.depth) <= slack(format.depth));
    }
  }
}

inline constexpr PixelCheck kAll[] = {
    {"to_rgb follows H.273 for every format and odd sizes", to_rgb_follows_h273},
    {"convert_planes from RGB follows H.273 for every format and odd sizes", from_rgb_follows_h273},
    {"convert_planes between yuv formats goes through unclipped RGB", yuv_to_yuv_is_unclipped},
    {"convert_planes of equal formats copies", equal_formats_are_copied},
    {"depth and range change sample by sample, chroma untouched by its neighbours", depth_and_range_alone},
    {"semi-planar to planar and back moves samples and changes none", cb_and_cr_change_places},
    {"8-bit RGB survives gbr and 4:4:4 full-range planes of more bits", rgb_survives},
    {"a grey picture has neutral chroma at every siting", grey_has_neutral_chroma},
    {"matte_to_planes is a grey picture of the matte", matte_is_grey},
};

}  // namespace impasto::test::colour_checks
