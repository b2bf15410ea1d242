// What composite must do on every backend.
#pragma once

#include "tests/kernels/pixels_run.h"

namespace impasto::test::composite_checks {

using Model = PixelFormat::Model;
using Range = PixelFormat::Range;
using Site = PixelFormat::Site;

inline const std::vector<std::pair<int, int>> kSizes{{1, 1}, {5, 7}, {6, 67}};

inline std::vector<PixelFormat> formats() {
  return {{.model = Model::rgb},
          {.model = Model::rgb, .depth = 16},
          {.model = Model::gbr, .depth = 10},
          {.model = Model::grey, .range = Range::limited},
          {Model::yuv, 8, 0, 0, 0.299, 0.114, Range::full, Site::left},
          {Model::yuv, 8, 1, 1, 0.2126, 0.0722, Range::limited, Site::left},
          {Model::yuv, 8, 1, 1, 0.299, 0.114, Range::full, Site::centre},
          {Model::yuv, 10, 1, 1, 0.2627, 0.0593, Range::limited, Site::top_left},
          {Model::yuv, 8, 1, 0, 0.299, 0.114, Range::limited, Site::left},
          {Model::yuv, 8, 0, 1, 0.299, 0.114, Range::limited, Site::top},
          {Model::yuv, 8, 2, 0, 0.299, 0.114, Range::limited, Site::left},
          {Model::yuv, 16, 2, 2, 0.2126, 0.0722, Range::full, Site::centre},
          {Model::yuv, 8, 1, 1, 0.2126, 0.0722, Range::limited, Site::left, true},
          {Model::yuv, 8, 1, 1, 0.2627, 0.0593, Range::full, Site::centre, true},
          {Model::yuv, 8, 0, 0, 0.299, 0.114, Range::limited, Site::left, true},
          {Model::yuv, 16, 1, 0, 0.299, 0.114, Range::limited, Site::top_left, true}};
}

// A matte with stretches of exactly 0 and exactly 1.
inline reference::Map matte_map(int h, int w) {
  reference::Map m = random_map(h, w, 1, -0.7, 1.7, 21);
  for (double& v : m.v) v = std::clamp(v, 0.0, 1.0);
  return m;
}

inline double slack(int depth) {
  return std::ldexp(1.0, depth - 8) * 1e-3;
}

inline void follows_its_formula(Backend& backend) {
  for (Composite op :
       {Composite{.format = {}, .paint_inside = 1},
        Composite{.format = {}, .paint_inside = 0.6F, .paint_outside = 0.25F},
        Composite{.format = {}, .paint_inside = 0.8F, .behind = Composite::Behind::colour, .colour = {10, 200, 90}},
        Composite{.format = {}, .behind = Composite::Behind::picture, .painted_scale = 255}}) {
    for (const PixelFormat& format : formats()) {
      for (const auto& [h, w] : kSizes) {
        CAPTURE(static_cast<int>(format.model), format.depth, format.log2_chroma_w, format.log2_chroma_h, h, w,
                static_cast<int>(op.behind));
        op.format = format;
        const double scale = static_cast<double>(op.painted_scale);
        // Larger than the frame and, in part, outside 0..255.
        const Input painted{random_map(h + 3, w + 2, 3, -40 / scale, 300 / scale, 8), DType::f32};
        const Input matte{matte_map(h, w), DType::f32};
        const bool has_picture = op.behind == Composite::Behind::picture;
        const Input picture{has_picture ? random_map(h, w, 3, 0, 255, 9, true) : reference::Map{}, DType::u8};
        const std::vector<Input> frame = random_planes(format, h, w, 4);
        for (const Input& m : {matte, Input{{}, DType::f32}}) {
          std::vector<Input> inputs{m, painted, picture};
          inputs.insert(inputs.end(), frame.begin(), frame.end());
          const auto out = run_op(backend, op, inputs);
          const auto exact = reference::composite(op, m.map, painted.map, picture.map, maps_of(frame));
          for (std::size_t i = 0; i < out.size(); ++i) {
            CHECK(beyond_rounding(out[i], exact[i], format.depth) <= slack(format.depth));
          }
        }
      }
    }
  }
}

inline void copies_where_nothing_lies(Backend& backend) {
  for (const PixelFormat& format : formats()) {
    const int h = 9, w = 21;
    const std::vector<Input> frame = random_planes(format, h, w, 14);
    Input painted{random_map(h, w, 3, 0, 255, 8), DType::f32};
    std::fill(painted.map.v.begin(), painted.map.v.begin() + 30, std::nan(""));  // where the weight is 0
    Input matte{reference::Map(h, w), DType::f32};
    for (int y = 5; y < h; ++y) {
      for (int x = 11; x < w; ++x) matte.map.at(y, x) = 1;
    }
    std::vector<Input> inputs{matte, painted, {{}, DType::u8}};
    inputs.insert(inputs.end(), frame.begin(), frame.end());
    const auto out = run_op(backend, Composite{.format = format}, inputs);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const int step_y = h == out[i].h ? 1 : 1 << format.log2_chroma_h;
      const int step_x = w == out[i].w ? 1 : 1 << format.log2_chroma_w;
      for (int y = 0; y * step_y + 2 * step_y - 2 < 5; ++y) {
        for (int x = 0; x < out[i].w * out[i].c; ++x)
          CHECK(out[i].v[y * out[i].w * out[i].c + x] == frame[i].map.v[y * out[i].w * out[i].c + x]);
      }
      for (int y = 0; y < out[i].h; ++y) {
        for (int x = 0; x * step_x + 2 * step_x - 2 < 11; ++x)
          CHECK(out[i].at(y, x) == std::as_const(frame[i].map).at(y, x));
      }
    }
  }
}

inline void no_paint_is_the_frame(Backend& backend) {
  for (const PixelFormat& format : formats()) {
    const std::vector<Input> frame = random_planes(format, 7, 13, 31);
    const Input painted{random_map(7, 13, 3, 0, 255, 8), DType::f32};
    for (const Input& paint : {painted, Input{{}, DType::f32}}) {
      std::vector<Input> inputs{{matte_map(7, 13), DType::f32}, paint, {{}, DType::u8}};
      inputs.insert(inputs.end(), frame.begin(), frame.end());
      const float strength = paint.map.v.empty() ? 1.0F : 0.0F;
      const auto out = run_op(backend, Composite{.format = format, .paint_inside = strength}, inputs);
      for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i].v == frame[i].map.v);
    }
  }
}

inline void rounds_or_truncates(Backend& backend) {
  reference::Map painted(1, 5, 3);
  const std::vector<double> values{-3, 0.49, 0.5, 1.5, 1.99, 254.5, 254.4, 255, 300, 7.5, 8.5, 100.999, 128, 12.25, 0};
  painted.v = values;
  const Input frame{random_map(1, 5, 3, 0, 255, 2, true), DType::u8};
  for (const bool truncate : {false, true}) {
    const auto out = run_op(backend, Composite{.format = {}, .truncate = truncate},
                            {{{}, DType::f32}, {painted, DType::f32}, {{}, DType::u8}, frame});
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(out[0].v[i] == std::floor(std::clamp(values[i], 0.0, 255.0) + (truncate ? 0 : 0.5)));
    }
  }
}

inline constexpr PixelCheck kAll[] = {
    {"composite follows its formula for every format, layer and odd size", follows_its_formula},
    {"composite copies every sample whose footprint has no weight", copies_where_nothing_lies},
    {"composite without paint or with strength 0 is the frame", no_paint_is_the_frame},
    {"a whole painted frame is rounded half up, or truncated by the net's own rule", rounds_or_truncates},
};

}  // namespace impasto::test::composite_checks
