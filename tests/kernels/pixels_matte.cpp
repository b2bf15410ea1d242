#include "tests/kernels/pixels_cpu.h"

using namespace impasto;
using namespace impasto::test;

namespace {

// A disc with a soft rim.
reference::Map disc(int h, int w) {
  reference::Map m(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double d = std::hypot(y - h / 2.0, x - w / 2.0) - std::min(h, w) / 3.0;
      m.at(y, x) = static_cast<double>(static_cast<float>(std::clamp(0.5 - d / 3, 0.0, 1.0)));
    }
  }
  return m;
}

}  // namespace

TEST_CASE("guided_filter follows He et al. at odd sizes and at borders") {
  struct Case {
    int h, w, full_h, full_w, radius;
    float eps;
  };
  for (const Case& c : {Case{1, 1, 1, 1, 1, 1e-4F}, Case{9, 7, 21, 13, 2, 1e-4F}, Case{16, 23, 40, 61, 5, 1e-2F},
                        Case{17, 33, 8, 9, 3, 1e-3F}, Case{3, 4, 31, 29, 6, 1e-5F}}) {
    CAPTURE(c.h, c.w, c.full_h, c.full_w, c.radius);
    const GuidedFilter op{c.radius, c.eps};
    const reference::Map matte = disc(c.h, c.w);
    const reference::Map small = random_map(c.h, c.w, 3, 0, 255, 5);
    const reference::Map guide = random_map(c.full_h, c.full_w, 3, 0, 255, 6, true);
    const auto out = run_op(op, {{matte, DType::f32}, {small, DType::f32}, {guide, DType::u8}});
    CHECK(largest_difference(out[0], reference::guided_filter(op, matte, small, guide)) <= 2e-5);
  }
}

TEST_CASE("guided_filter keeps small variances beside a bright guide") {
  const GuidedFilter op{2, 1e-6F};
  reference::Map small = random_map(12, 12, 3, 254.9, 255, 5);
  const reference::Map matte = disc(12, 12);
  const reference::Map guide = random_map(12, 12, 3, 254, 255, 6, true);
  const auto out = run_op(op, {{matte, DType::f32}, {small, DType::f32}, {guide, DType::u8}});
  CHECK(largest_difference(out[0], reference::guided_filter(op, matte, small, guide)) <= 1e-3);
}

TEST_CASE("guided_filter leaves a matte of one value as it is") {
  for (const double value : {0.0, 1.0}) {
    reference::Map matte(9, 11);
    std::fill(matte.v.begin(), matte.v.end(), value);
    const auto out = run_op(GuidedFilter{3, 1e-4F}, {{matte, DType::f32},
                                                     {random_map(9, 11, 3, 0, 255, 5), DType::f32},
                                                     {random_map(31, 27, 3, 0, 255, 6, true), DType::u8}});
    for (const double v : out[0].v) CHECK(std::abs(v - value) <= 1e-6);
  }
}

TEST_CASE("matte_threshold is a smoothstep, or a hard step") {
  reference::Map m = random_map(7, 33, 1, 0, 1, 3);
  m.v[0] = 0;
  m.v[1] = 1;
  m.v[2] = 0.5;
  for (const MatteThreshold op : {MatteThreshold{0.5F, 0}, MatteThreshold{0.5F, 0.3F}, MatteThreshold{0.2F, 1},
                                  MatteThreshold{0, 0.5F}, MatteThreshold{1, 0.5F}}) {
    const auto out = run_op(op, {{m, DType::f32}});
    for (std::size_t i = 0; i < m.v.size(); ++i) {
      CHECK(std::abs(out[0].v[i] - reference::smooth_threshold(op, m.v[i])) <= 1e-6);
    }
  }
  for (const MatteThreshold op : {MatteThreshold{0.5F, 0.3F}, MatteThreshold{0.1F, 1}, MatteThreshold{0.9F, 1}}) {
    const auto ends = run_op(op, {{m, DType::f32}})[0];
    CHECK(ends.v[0] == 0);
    CHECK(ends.v[1] == 1);
  }
}

TEST_CASE("matte_feather is three boxes each way, for every radius and size") {
  for (const float radius : {0.0F, 0.5F, 1.0F, 4.0F, 7.3F, 40.0F}) {
    for (const auto& [h, w] : std::vector<std::pair<int, int>>{{1, 1}, {5, 18}, {35, 17}, {3, 50}}) {
      CAPTURE(radius, h, w);
      const reference::Map m = random_map(h, w, 1, 0, 1, 3);
      const auto out = run_op(MatteFeather{radius}, {{m, DType::f32}});
      CHECK(largest_difference(out[0], reference::feather({radius}, m)) <= 1e-6);
    }
  }
}

TEST_CASE("matte_feather keeps exact zeros and ones beyond its reach") {
  reference::Map m(40, 50);
  for (int y = 0; y < 40; ++y) {
    for (int x = 25; x < 50; ++x) m.at(y, x) = y < 20 && x < 30 ? 0.7 : 1;
  }
  const auto out = run_op(MatteFeather{6}, {{m, DType::f32}})[0];
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 25 - 6; ++x) CHECK(out.at(y, x) == 0);
    for (int x = 30 + 6; x < 50; ++x) CHECK(out.at(y, x) == 1);
  }
  CHECK(out.at(30, 24) > 0.3);
  CHECK(out.at(30, 24) < 0.5);
}

TEST_CASE("a very large feather runs") {
  const auto out = run_op(MatteFeather{1e9F}, {{disc(6, 5), DType::f32}});
  for (const double v : out[0].v) CHECK(v >= 0);
}
