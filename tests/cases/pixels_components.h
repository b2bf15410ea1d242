// What matte_components and matte_grow must do on every backend.
#pragma once

#include "tests/cases/components.h"
#include "tests/kernels/pixels_run.h"

namespace impasto::test::components_checks {

inline constexpr auto kIslands = MatteComponents::Remove::islands;
inline constexpr auto kHoles = MatteComponents::Remove::holes;

inline reference::Map map_of(const MattePicture& m) {
  reference::Map map(m.h, m.w);
  map.v.assign(m.v.begin(), m.v.end());
  return map;
}

inline reference::Map run_on(Backend& backend, const Op& op, const reference::Map& m) {
  return run_op(backend, op, {{m, DType::f32}})[0];
}

inline void components_follow_their_definition(Backend& backend) {
  for (const MattePicture& picture : problems(component_pictures())) {
    const reference::Map m = map_of(picture);
    std::vector<MatteComponents> ops{{kHoles, 0}};
    for (const float area : kComponentAreas) ops.push_back({kIslands, area});
    for (const MatteComponents& op : ops) {
      CAPTURE(m.h, m.w, op.remove == kHoles, op.min_area);
      CHECK(run_on(backend, op, m).v == reference::components(op, m).v);
    }
  }
}

// Of each pixel, whether it belongs to the person.
inline std::vector<bool> person(const reference::Map& m) {
  std::vector<bool> inside;
  for (const double v : m.v) inside.push_back(v >= 0.5);
  return inside;
}

inline double iou(const reference::Map& a, const reference::Map& b) {
  const std::vector<bool> p = person(a), q = person(b);
  double both = 0, either = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    both += p[i] && q[i] ? 1 : 0;
    either += p[i] || q[i] ? 1 : 0;
  }
  return both / either;
}

inline void planted_flaws_go(Backend& backend) {
  MattePicture truth(120, 161);
  add_disc(truth, 80, 60, 35, 5);
  add_disc(truth, 50, 130, 12, 4);  // a second person
  MattePicture raw = truth;
  for (const auto& [y, x, r] : {std::tuple{10.0F, 20.0F, 3.0F}, {20, 80, 4}, {100, 140, 2}, {118, 1, 3}}) {
    add_disc(raw, y, x, r, 3);
  }
  for (const auto& [y, x, r] : {std::tuple{80.0F, 60.0F, 4.0F}, {70, 45, 2}, {95, 70, 6}, {50, 130, 2}}) {
    add_disc(raw, y, x, r, 2, 1, true);
  }
  add_disc(raw, 85, 85, 2, 4, 0.3F, true);  // a faint one
  const reference::Map before = map_of(raw), good = map_of(truth);
  const reference::Map without_islands = run_on(backend, MatteComponents{kIslands, 0.005F}, before);
  CHECK(iou(without_islands, good) > iou(before, good));
  const reference::Map clean = run_on(backend, MatteComponents{kHoles, 0}, without_islands);
  CHECK(iou(clean, good) == 1);
  CHECK(clean.v == good.v);  // soft edges and all
}

inline void an_island_sinks_to_its_bridge(Backend& backend) {
  MattePicture m(60, 60);
  add_disc(m, 40, 40, 14, 4);
  for (int x = 5; x < 40; ++x) m.at(10, x) = 0.3F;
  for (int y = 10; y < 40; ++y) m.at(y, 40) = std::max(m.at(y, 40), 0.3F);
  const reference::Map bridge = map_of(m);
  add_disc(m, 10, 10, 3, 2);
  const reference::Map out = run_on(backend, MatteComponents{kIslands, 0.05F}, map_of(m));
  for (std::size_t i = 0; i < out.v.size(); ++i) {
    const bool near = i / 60 < 16 && i % 60 < 16;
    if (near) CHECK(out.v[i] <= 0.375);
    if (!near) CHECK(out.v[i] == bridge.v[i]);
  }
}

inline void a_gap_that_opens_to_the_border_stays(Backend& backend) {
  MattePicture m(30, 40, 1);
  for (int y = 12; y < 30; ++y) m.at(y, 20) = 0;
  const reference::Map open = map_of(m);
  CHECK(run_on(backend, MatteComponents{kHoles, 0}, open).v == open.v);
  m.at(29, 20) = 1;
  for (const double v : run_on(backend, MatteComponents{kHoles, 0}, map_of(m)).v) CHECK(v == 1);
}

inline void grow_takes_extremes_over_a_disc(Backend& backend) {
  for (const MattePicture& picture : {clouds(23, 41, 3, 0.5F), noise(9, 17, 4, 0, 1, 64), MattePicture(1, 1, 0.3F),
                                      noise(1, 20, 5, 0, 1, 64), noise(33, 2, 6, 0, 1, 64)}) {
    const reference::Map m = map_of(picture);
    for (const float radius : {0.0F, 0.25F, 1.0F, -1.5F, 3.0F, -5.7F, 12.0F, -40.0F}) {
      CAPTURE(m.h, m.w, radius);
      CHECK(largest_difference(run_on(backend, MatteGrow{radius}, m), reference::grow({radius}, m)) <= 1e-6);
    }
  }
}

inline void grow_moves_edges_and_keeps_their_softness(Backend& backend) {
  MattePicture m(81, 81);
  add_disc(m, 40, 40, 20, 6);
  for (const float radius : {5.0F, -5.0F, 2.5F}) {
    MattePicture expected(81, 81);
    add_disc(expected, 40, 40, 20 + radius, 6);
    const reference::Map out = run_on(backend, MatteGrow{radius}, map_of(m));
    CHECK(largest_difference(out, map_of(expected)) <= 0.15);
  }
}

inline constexpr PixelCheck kAll[] = {
    {"matte_components follows its definition", components_follow_their_definition},
    {"planted blotches and holes go, a second person and soft edges stay", planted_flaws_go},
    {"an island sinks to the bridge that joins it", an_island_sinks_to_its_bridge},
    {"a gap that opens to the border stays", a_gap_that_opens_to_the_border_stays},
    {"matte_grow takes extremes over a disc", grow_takes_extremes_over_a_disc},
    {"matte_grow moves edges and keeps their softness", grow_moves_edges_and_keeps_their_softness},
};

}  // namespace impasto::test::components_checks
