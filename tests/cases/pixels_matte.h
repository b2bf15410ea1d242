// What guided_filter, matte_threshold and matte_feather must do on every backend.
#pragma once

#include "tests/kernels/pixels_run.h"

namespace impasto::test::matte_checks {

// A disc with a soft rim.
inline reference::Map disc(int h, int w) {
  reference::Map m(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double d = std::hypot(y - h / 2.0, x - w / 2.0) - std::min(h, w) / 3.0;
      m.at(y, x) = static_cast<double>(static_cast<float>(std::clamp(0.5 - d / 3, 0.0, 1.0)));
    }
  }
  return m;
}

struct GuidedCase {
  int h, w, full_h, full_w, radius;
  float eps;
};
inline constexpr GuidedCase kGuidedCases[] = {
    {1, 1, 1, 1, 1, 1e-4F},   {9, 7, 21, 13, 2, 1e-4F},   {16, 23, 40, 61, 5, 1e-2F}, {17, 33, 8, 9, 3, 1e-3F},
    {3, 4, 31, 29, 6, 1e-5F}, {18, 32, 45, 80, 2, 3e-3F}, {7, 16, 7, 16, 1, 3e-3F},   {2, 30, 5, 4, 4, 1e-3F}};

inline void guided_filter_follows_he_et_al(Backend& backend) {
  for (const GuidedCase& c : kGuidedCases) {
    CAPTURE(c.h, c.w, c.full_h, c.full_w, c.radius);
    const GuidedFilter op{c.radius, c.eps};
    const reference::Map matte = disc(c.h, c.w);
    const reference::Map small = random_map(c.h, c.w, 3, 0, 255, 5);
    const reference::Map guide = random_map(c.full_h, c.full_w, 3, 0, 255, 6, true);
    const auto out = run_op(backend, op, {{matte, DType::f32}, {small, DType::f32}, {guide, DType::u8}});
    CHECK(largest_difference(out[0], reference::guided_filter(op, matte, small, guide)) <= 2e-5);
  }
}

inline void guided_filter_keeps_small_variances(Backend& backend) {
  const GuidedFilter op{2, 1e-6F};
  const reference::Map small = random_map(12, 12, 3, 254.9, 255, 5);
  const reference::Map matte = disc(12, 12);
  const reference::Map guide = random_map(12, 12, 3, 254, 255, 6, true);
  const auto out = run_op(backend, op, {{matte, DType::f32}, {small, DType::f32}, {guide, DType::u8}});
  CHECK(largest_difference(out[0], reference::guided_filter(op, matte, small, guide)) <= 1e-3);
}

// Then Sigma has rank 1, and eps alone keeps it from being singular.
inline void guided_filter_takes_a_grey_guide(Backend& backend) {
  const auto grey = [](reference::Map map) {
    for (std::size_t i = 0; i < map.v.size(); ++i) map.v[i] = map.v[i / 3 * 3];
    return map;
  };
  for (const float eps : {3e-3F, 1e-4F}) {
    const GuidedFilter op{2, eps};
    const reference::Map matte = disc(12, 15);
    const reference::Map small = grey(random_map(12, 15, 3, 0, 255, 5, true));
    const reference::Map guide = grey(random_map(29, 44, 3, 0, 255, 6, true));
    const auto out = run_op(backend, op, {{matte, DType::f32}, {small, DType::f32}, {guide, DType::u8}});
    CHECK(largest_difference(out[0], reference::guided_filter(op, matte, small, guide)) <= 2e-5);
  }
}

inline void guided_filter_leaves_one_value(Backend& backend) {
  for (const double value : {0.0, 1.0}) {
    reference::Map matte(9, 11);
    std::fill(matte.v.begin(), matte.v.end(), value);
    const auto out = run_op(backend, GuidedFilter{3, 1e-4F},
                            {{matte, DType::f32},
                             {random_map(9, 11, 3, 0, 255, 5), DType::f32},
                             {random_map(31, 27, 3, 0, 255, 6, true), DType::u8}});
    for (const double v : out[0].v) CHECK(std::abs(v - value) <= 1e-6);
  }
}

inline void threshold_is_a_smoothstep(Backend& backend) {
  reference::Map m = random_map(7, 33, 1, 0, 1, 3);
  m.v[0] = 0;
  m.v[1] = 1;
  m.v[2] = 0.5;
  for (const MatteThreshold op : {MatteThreshold{0.5F, 0}, MatteThreshold{0.5F, 0.3F}, MatteThreshold{0.2F, 1},
                                  MatteThreshold{0, 0.5F}, MatteThreshold{1, 0.5F}}) {
    const auto out = run_op(backend, op, {{m, DType::f32}});
    for (std::size_t i = 0; i < m.v.size(); ++i) {
      CHECK(std::abs(out[0].v[i] - reference::smooth_threshold(op, m.v[i])) <= 1e-6);
    }
  }
  for (const MatteThreshold op :
       {MatteThreshold{0.5F, 0.3F}, MatteThreshold{0.1F, 1}, MatteThreshold{0.9F, 1}, MatteThreshold{0.7F, 0.6F}}) {
    const auto ends = run_op(backend, op, {{m, DType::f32}})[0];
    CHECK(ends.v[0] == 0);
    CHECK(ends.v[1] == 1);
  }
}

inline void feather_is_three_boxes_each_way(Backend& backend) {
  for (const float radius : {0.0F, 0.5F, 1.0F, 4.0F, 7.3F, 40.0F, 100.0F}) {
    for (const auto& [h, w] : std::vector<std::pair<int, int>>{{1, 1}, {5, 18}, {35, 17}, {3, 50}, {64, 33}}) {
      CAPTURE(radius, h, w);
      const reference::Map m = random_map(h, w, 1, 0, 1, 3);
      const auto out = run_op(backend, MatteFeather{radius}, {{m, DType::f32}});
      CHECK(largest_difference(out[0], reference::feather({radius}, m)) <= 1e-6);
    }
  }
}

inline void feather_keeps_zeros_and_ones(Backend& backend) {
  reference::Map m(40, 50);
  for (int y = 0; y < 40; ++y) {
    for (int x = 25; x < 50; ++x) m.at(y, x) = y < 20 && x < 30 ? 0.7 : 1;
  }
  for (const int radius : {6, 9}) {
    const auto out = run_op(backend, MatteFeather{static_cast<float>(radius)}, {{m, DType::f32}})[0];
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 25 - radius; ++x) CHECK(out.at(y, x) == 0);
      for (int x = 30 + radius; x < 50; ++x) CHECK(out.at(y, x) == 1);
    }
    CHECK(out.at(30, 24) > 0.3);
    CHECK(out.at(30, 24) < 0.5);
  }
}

inline void a_very_large_feather_runs(Backend& backend) {
  const auto out = run_op(backend, MatteFeather{1e9F}, {{disc(6, 5), DType::f32}});
  for (const double v : out[0].v) {
    CHECK(v >= 0);
    CHECK(v <= 1);
  }
  reference::Map ones(9, 700);
  std::fill(ones.v.begin(), ones.v.end(), 1.0);
  const auto still_ones = run_op(backend, MatteFeather{1e9F}, {{ones, DType::f32}});
  for (const double v : still_ones[0].v) CHECK(v == 1);
}

inline constexpr PixelCheck kAll[] = {
    {"guided_filter follows He et al. at odd sizes and at borders", guided_filter_follows_he_et_al},
    {"guided_filter keeps small variances beside a bright guide", guided_filter_keeps_small_variances},
    {"guided_filter takes a grey guide", guided_filter_takes_a_grey_guide},
    {"guided_filter leaves a matte of one value as it is", guided_filter_leaves_one_value},
    {"matte_threshold is a smoothstep, or a hard step", threshold_is_a_smoothstep},
    {"matte_feather is three boxes each way, for every radius and size", feather_is_three_boxes_each_way},
    {"matte_feather keeps exact zeros and ones beyond its reach", feather_keeps_zeros_and_ones},
    {"a very large feather runs", a_very_large_feather_runs},
};

}  // namespace impasto::test::matte_checks
