// The operations of the frame in plain double precision, one sample at a time, as docs/frame.md defines them: the
// definition of correct for runtime/pixels. Nothing is rounded to integers here but in resize_shiftless.
#pragma once

#include "kernels/components/matte_components.h"
#include "kernels/matte/guided_filter.h"
#include "kernels/matte/matte_feather.h"
#include "kernels/matte/matte_grow.h"
#include "kernels/matte/matte_threshold.h"
#include "kernels/preserve_colour/preserve_colour.h"
#include "runtime/graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace impasto::reference {

// A map of h x w x c values.
struct Map {
  int h = 0, w = 0, c = 1;
  std::vector<double> v;

  Map() = default;
  Map(int height, int width, int channels = 1)
      : h(height), w(width), c(channels), v(static_cast<std::size_t>(height) * width * channels) {}
  [[nodiscard]] double& at(int y, int x, int k = 0) { return v[(static_cast<std::size_t>(y) * w + x) * c + k]; }
  // Outside, the nearest sample.
  [[nodiscard]] double at(int y, int x, int k = 0) const {
    return v[(static_cast<std::size_t>(std::clamp(y, 0, h - 1)) * w + std::clamp(x, 0, w - 1)) * c + k];
  }
};
using Planes = std::vector<Map>;
using Rgb = std::array<double, 3>;

inline Planes make_planes(const PixelFormat& f, int h, int w) {
  Planes planes;
  for (const Shape& s : f.plane_shapes(h, w)) planes.emplace_back(s.h, s.w, s.c);
  return planes;
}

// ---- Colour: ITU-T H.273, 8.3 ---------------------------------------------------------------------------------------

// E' in 0..1 (or -0.5..0.5) to a sample, and back.
inline double encode(const PixelFormat& f, double e, bool chroma) {
  const double unit = std::pow(2, f.depth - 8), whole = std::pow(2, f.depth) - 1, middle = std::pow(2, f.depth - 1);
  if (f.range == PixelFormat::Range::full) return chroma ? whole * e + middle : whole * e;
  return chroma ? unit * (224 * e + 128) : unit * (219 * e + 16);
}
inline double decode(const PixelFormat& f, double sample, bool chroma) {
  const double zero = encode(f, 0, chroma);
  return (sample - zero) / (encode(f, 1, chroma) - zero);
}

// Samples of one pixel, R,G,B in 0..255; three values (grey: the first counts).
inline Rgb samples_of(const PixelFormat& f, const Rgb& rgb) {
  const double r = rgb[0] / 255, g = rgb[1] / 255, b = rgb[2] / 255;
  const double y = f.kr * r + (1 - f.kr - f.kb) * g + f.kb * b;
  switch (f.model) {
    case PixelFormat::Model::rgb:
      return {encode(f, r, false), encode(f, g, false), encode(f, b, false)};
    case PixelFormat::Model::gbr:
      return {encode(f, g, false), encode(f, b, false), encode(f, r, false)};
    case PixelFormat::Model::grey:
      return {encode(f, y, false), 0, 0};
    case PixelFormat::Model::yuv:
      break;
  }
  return {encode(f, y, false), encode(f, 0.5 * (b - y) / (1 - f.kb), true),
          encode(f, 0.5 * (r - y) / (1 - f.kr), true)};
}

inline Rgb rgb_of(const PixelFormat& f, const Rgb& s) {
  if (f.model == PixelFormat::Model::yuv) {
    const double y = decode(f, s[0], false), cb = decode(f, s[1], true), cr = decode(f, s[2], true);
    const double r = y + 2 * (1 - f.kr) * cr, b = y + 2 * (1 - f.kb) * cb;
    return {255 * r, 255 * (y - f.kr * r - f.kb * b) / (1 - f.kr - f.kb), 255 * b};
  }
  const auto value = [&](std::size_t i) { return 255 * decode(f, s[i], false); };
  if (f.model == PixelFormat::Model::gbr) return {value(2), value(0), value(1)};
  if (f.model == PixelFormat::Model::grey) return {value(0), value(0), value(0)};
  return {value(0), value(1), value(2)};
}

struct Siting {
  int step_x, step_y;
  double x, y;  // luma position of chroma sample 0
};
inline Siting siting(const PixelFormat& f) {
  const int step_x = 1 << f.log2_chroma_w, step_y = 1 << f.log2_chroma_h;
  const bool left = f.site == PixelFormat::Site::left || f.site == PixelFormat::Site::top_left;
  const bool top = f.site == PixelFormat::Site::top || f.site == PixelFormat::Site::top_left;
  return {step_x, step_y, left ? 0 : (step_x - 1) / 2.0, top ? 0 : (step_y - 1) / 2.0};
}

// Cb (k = 1) or Cr (k = 2) at luma position y, x.
inline double chroma_at(const PixelFormat& f, const Planes& planes, int k, int y, int x) {
  const auto sample = [&](int j, int i) {
    return f.semi_planar ? planes[1].at(j, i, k - 1) : planes[static_cast<std::size_t>(k)].at(j, i);
  };
  const Siting s = siting(f);
  const double cy = (y - s.y) / s.step_y, cx = (x - s.x) / s.step_x;
  const int j = static_cast<int>(std::floor(cy)), i = static_cast<int>(std::floor(cx));
  const double fy = cy - j, fx = cx - i;
  return (1 - fy) * ((1 - fx) * sample(j, i) + fx * sample(j, i + 1)) +
         fy * ((1 - fx) * sample(j + 1, i) + fx * sample(j + 1, i + 1));
}

// The picture in R,G,B, 0..255, unclipped.
inline Map to_rgb(const PixelFormat& f, const Planes& planes) {
  Map rgb(planes[0].h, planes[0].w, 3);
  for (int y = 0; y < rgb.h; ++y) {
    for (int x = 0; x < rgb.w; ++x) {
      Rgb s{};
      for (int k = 0; k < 3; ++k) {
        if (f.model == PixelFormat::Model::rgb) s[k] = planes[0].at(y, x, k);
        if (f.model == PixelFormat::Model::grey) s[k] = planes[0].at(y, x);
        if (f.model == PixelFormat::Model::gbr) s[k] = planes[k].at(y, x);
        if (f.model == PixelFormat::Model::yuv) s[k] = k == 0 ? planes[0].at(y, x) : chroma_at(f, planes, k, y, x);
      }
      const Rgb colour = rgb_of(f, s);
      for (int k = 0; k < 3; ++k) rgb.at(y, x, k) = colour[k];
    }
  }
  return rgb;
}

// Weight of the luma sample at distance d from a chroma sample: a tent where the two coincide, a box where they do not.
inline double footprint(int step, bool centred, double d) {
  if (centred) return std::abs(d) < step / 2.0 ? 1.0 / step : 0;
  return std::max(0.0, (1 - std::abs(d) / step) / step);
}

// Mean over the footprint of chroma sample j, i; luma positions outside the picture repeat its edge.
inline double over_footprint(const PixelFormat& f, int j, int i, const std::function<double(int, int)>& value) {
  const Siting s = siting(f);
  const double cy = j * s.step_y + s.y, cx = i * s.step_x + s.x;
  const bool centred_y = s.y > 0, centred_x = s.x > 0;
  double sum = 0;
  for (int y = static_cast<int>(cy) - s.step_y; y <= static_cast<int>(cy) + s.step_y; ++y) {
    for (int x = static_cast<int>(cx) - s.step_x; x <= static_cast<int>(cx) + s.step_x; ++x) {
      const double weight = footprint(s.step_y, centred_y, y - cy) * footprint(s.step_x, centred_x, x - cx);
      if (weight > 0) sum += weight * value(y, x);
    }
  }
  return sum;
}

// Planes of a picture laid over `frame` (may be empty): layer(y, x, k) is the sum of weight * colour (k 0..2, 0..255)
// and the sum of the weights (k = 3). out = frame (1 - weight) + layer, chroma over its footprint.
inline Planes lay_over(const PixelFormat& f, int h, int w, const Planes& frame,
                       const std::function<std::array<double, 4>(int, int)>& layer) {
  Planes out = make_planes(f, h, w);
  // A weighted colour's samples: the map to samples is affine, so offset counts `weight` times.
  const auto sample = [&](int y, int x, std::size_t k) {
    const auto l = layer(std::clamp(y, 0, h - 1), std::clamp(x, 0, w - 1));
    const double zero = samples_of(f, {0, 0, 0})[k];
    return samples_of(f, {l[0], l[1], l[2]})[k] - zero + l[3] * zero;
  };
  const auto weight = [&](int y, int x) { return layer(std::clamp(y, 0, h - 1), std::clamp(x, 0, w - 1))[3]; };
  for (std::size_t p = 0; p < out.size(); ++p) {
    Map& plane = out[p];
    for (int y = 0; y < plane.h; ++y) {
      for (int x = 0; x < plane.w; ++x) {
        for (int c = 0; c < plane.c; ++c) {
          const std::size_t k = p + static_cast<std::size_t>(c);
          const bool chroma = f.model == PixelFormat::Model::yuv && p > 0;
          const double v =
              chroma ? over_footprint(f, y, x, [&](int i, int j) { return sample(i, j, k); }) : sample(y, x, k);
          const double a = chroma ? over_footprint(f, y, x, weight) : weight(y, x);
          plane.at(y, x, c) = v + (frame.empty() ? 0 : (1 - a) * frame[p].at(y, x, c));
        }
      }
    }
  }
  return out;
}

inline Planes from_rgb(const PixelFormat& f, const Map& rgb) {
  return lay_over(f, rgb.h, rgb.w, {}, [&](int y, int x) {
    return std::array<double, 4>{rgb.at(y, x, 0), rgb.at(y, x, 1), rgb.at(y, x, 2), 1};
  });
}

// matte and painted may be empty maps.
inline Planes composite(const Composite& op, const Map& matte, const Map& painted, const Map& picture,
                        const Planes& frame) {
  const int h = frame[0].h, w = frame[0].w;
  const double inside = op.paint_inside, outside = op.paint_outside, scale = op.painted_scale;
  return lay_over(op.format, h, w, frame, [&](int y, int x) {
    const double m = matte.v.empty() ? 1 : matte.at(y, x);
    const bool replaced = op.behind != Composite::Behind::frame;
    double paint = m * inside + (replaced ? 0 : (1 - m) * outside);
    if (painted.v.empty()) paint = 0;
    const double behind = replaced ? 1 - m : 0;
    std::array<double, 4> l{0, 0, 0, paint + behind};
    for (int k = 0; k < 3; ++k) {
      if (paint != 0) l[k] += paint * std::clamp(painted.at(y, x, k) * scale, 0.0, 255.0);
      if (behind != 0) l[k] += behind * (op.behind == Composite::Behind::colour ? op.colour[k] : picture.at(y, x, k));
    }
    return l;
  });
}

// ---- Resize and pad -------------------------------------------------------------------------------------------------

inline Map resize_bilinear(const Map& in, int h, int w) {
  Map out(h, w, in.c);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double sy = (y + 0.5) * in.h / h - 0.5, sx = (x + 0.5) * in.w / w - 0.5;
      const int j = static_cast<int>(std::floor(sy)), i = static_cast<int>(std::floor(sx));
      const double fy = sy - j, fx = sx - i;
      for (int k = 0; k < in.c; ++k) {
        out.at(y, x, k) = (1 - fy) * ((1 - fx) * in.at(j, i, k) + fx * in.at(j, i + 1, k)) +
                          fy * ((1 - fx) * in.at(j + 1, i, k) + fx * in.at(j + 1, i + 1, k));
      }
    }
  }
  return out;
}

inline Map resize_area(const Map& in, int h, int w) {
  Map out(h, w, in.c);
  const auto overlap = [](double a0, double a1, int cell) {
    return std::max(0.0, std::min(a1, cell + 1.0) - std::max(a0, static_cast<double>(cell)));
  };
  const double sy = static_cast<double>(in.h) / h, sx = static_cast<double>(in.w) / w;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      for (int j = static_cast<int>(y * sy); j < std::min<double>(in.h, (y + 1) * sy); ++j) {
        for (int i = static_cast<int>(x * sx); i < std::min<double>(in.w, (x + 1) * sx); ++i) {
          const double weight = overlap(y * sy, (y + 1) * sy, j) * overlap(x * sx, (x + 1) * sx, i) / (sy * sx);
          for (int k = 0; k < in.c; ++k) out.at(y, x, k) += weight * in.at(j, i, k);
        }
      }
    }
  }
  return out;
}

// ../shared/specs/selfie.md: src = dst * in / out to the nearest 1/32, zeros outside, rounded half up. Coordinates half
// way between two steps fall as in OpenCV: inverse of diag(w / in.w, h / in.h, 1) by cofactors, then homogeneous
// coordinates.
inline Map resize_shiftless(const Map& in, int h, int w) {
  Map out(h, w, in.c);
  const auto sample = [&](int y, int x, int k) { return y < in.h && x < in.w ? in.at(y, x, k) : 0; };
  const double mx = static_cast<double>(w) / in.w, my = static_cast<double>(h) / in.h, inverse = 1 / (mx * my);
  const double scale = 32 / (mx * my * inverse);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double sy = std::nearbyint(mx * inverse * y * scale) / 32,
                   sx = std::nearbyint(my * inverse * x * scale) / 32;
      const int j = static_cast<int>(sy), i = static_cast<int>(sx);
      const double fy = sy - j, fx = sx - i;
      for (int k = 0; k < in.c; ++k) {
        out.at(y, x, k) = std::floor((1 - fy) * ((1 - fx) * sample(j, i, k) + fx * sample(j, i + 1, k)) +
                                     fy * ((1 - fx) * sample(j + 1, i, k) + fx * sample(j + 1, i + 1, k)) + 0.5);
      }
    }
  }
  return out;
}

// The same with the picture in the middle of a square of its longer side, half way between two steps to the even one.
inline Map resize_letterbox(const Map& in, int side) {
  Map out(side, side, in.c);
  const int longer = std::max(in.h, in.w);
  const auto position = [&](int at, int size) {
    return std::nearbyint(32.0 * at * longer / side) / 32 - 0.5 * (longer - size);
  };
  const auto sample = [&](int y, int x, int k) {
    return y >= 0 && y < in.h && x >= 0 && x < in.w ? in.at(y, x, k) : 0;
  };
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double sy = position(y, in.h), sx = position(x, in.w);
      const int j = static_cast<int>(std::floor(sy)), i = static_cast<int>(std::floor(sx));
      const double fy = sy - j, fx = sx - i;
      for (int k = 0; k < in.c; ++k) {
        out.at(y, x, k) = std::floor((1 - fy) * ((1 - fx) * sample(j, i, k) + fx * sample(j, i + 1, k)) +
                                     fy * ((1 - fx) * sample(j + 1, i, k) + fx * sample(j + 1, i + 1, k)) + 0.5);
      }
    }
  }
  return out;
}

inline Map pad(const Pad& op, const Map& in) {
  Map out(in.h + op.top + op.bottom, in.w + op.left + op.right, in.c + op.channels);
  const auto mirror = [&](int at, int size) {
    if (op.mode == Pad::Mode::reflect) at = std::abs(at) < size ? std::abs(at) : 2 * (size - 1) - at;
    return at;  // edge: Map::at clamps
  };
  for (int y = 0; y < out.h; ++y) {
    for (int x = 0; x < out.w; ++x) {
      for (int k = 0; k < in.c; ++k) {
        out.at(y, x, k) = std::as_const(in).at(mirror(y - op.top, in.h), mirror(x - op.left, in.w), k);
      }
    }
  }
  return out;
}

// ---- Matte ----------------------------------------------------------------------------------------------------------

// The formulas are those of kernels/matte.
inline Map guided_filter(const GuidedFilter& op, const Map& matte, const Map& guide_small, const Map& guide) {
  Map out(guide.h, guide.w);
  out.v = IMPASTO_TARGET::guided_filter_reference(
      {.h = matte.h, .w = matte.w, .full_h = guide.h, .full_w = guide.w, .radius = op.radius, .eps = op.eps}, matte.v,
      guide_small.v, guide.v);
  return out;
}

inline double smooth_threshold(const MatteThreshold& op, double m) {
  return IMPASTO_TARGET::matte_threshold_reference({.threshold = op.threshold, .softness = op.softness}, m);
}

inline Map components(const MatteComponents& op, Map in) {
  in.v = IMPASTO_TARGET::matte_components_reference(
      {.h = in.h, .w = in.w, .holes = op.remove == MatteComponents::Remove::holes, .min_area = op.min_area}, in.v);
  return in;
}

inline Map grow(const MatteGrow& op, Map in) {
  in.v = IMPASTO_TARGET::matte_grow_reference({.h = in.h, .w = in.w, .radius = op.radius}, in.v);
  return in;
}

inline Map feather(const MatteFeather& op, Map in) {
  in.v = IMPASTO_TARGET::matte_feather_reference({.h = in.h, .w = in.w, .radius = op.radius}, in.v);
  return in;
}

// ---- Paint ----------------------------------------------------------------------------------------------------------

inline Map preserve_colour(const PreserveColour& op, const Map& painted, const Map& frame) {
  const std::vector<float> s(painted.v.begin(), painted.v.end()), f(frame.v.begin(), frame.v.end());
  Map out(frame.h, frame.w, 3);
  out.v = IMPASTO_TARGET::preserve_colour_reference(
      {.h = frame.h, .w = frame.w, .painted_w = painted.w, .scale = op.painted_scale, .kr = op.kr, .kb = op.kb}, s, f);
  return out;
}

}  // namespace impasto::reference
