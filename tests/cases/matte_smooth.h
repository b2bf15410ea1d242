// What matte_smooth must do on every backend.
#pragma once

#include "kernels/matte_smooth/matte_smooth.h"
#include "runtime/engine.h"
#include "tests/kernels/pixels_run.h"

namespace impasto::test {

struct MatteSmoothCase {
  int h, w, frame_h, frame_w;
  float strength;
};
// Mattes smaller and larger than the cells, rows that no vector divides, one pixel.
inline constexpr MatteSmoothCase kMatteSmoothCases[] = {
    {1, 1, 1, 1, 0.5F},    {5, 7, 40, 56, 0.5F},     {9, 33, 61, 203, 1},     {16, 24, 16, 24, 0.25F},
    {36, 64, 270, 481, 1}, {3, 130, 9, 1000, 0.75F}, {48, 27, 100, 50, 0.5F}, {17, 3, 5, 7, 0.5F},
};

struct MatteSmoothData {
  reference::Map before, now, after, still_before, still_after, moment;

  explicit MatteSmoothData(const MatteSmoothCase& c, bool same_before = true, bool same_after = true)
      : before(random_map(c.h, c.w, 1, 0, 1, 1)),
        now(random_map(c.h, c.w, 1, 0, 1, 2)),
        after(random_map(c.h, c.w, 1, 0, 1, 3)),
        still_before(cells(c, 4)),
        still_after(cells(c, 5)),
        moment(1, 1, 4) {
    moment.v = {same_before ? 1.0 : 0.0, same_after ? 1.0 : 0.0, 0, 0};
  }
  [[nodiscard]] std::vector<Input> inputs() const {
    std::vector<Input> list;
    for (const reference::Map* map : {&before, &now, &after, &still_before, &still_after, &moment}) {
      list.push_back({*map, DType::f32});
    }
    return list;
  }
  [[nodiscard]] reference::Map expected(const MatteSmoothCase& c) const {
    reference::Map out(c.h, c.w);
    out.v = IMPASTO_TARGET::matte_smooth_reference({.h = c.h,
                                                    .w = c.w,
                                                    .frame_h = c.frame_h,
                                                    .frame_w = c.frame_w,
                                                    .cell = kStillnessCell,
                                                    .strength = c.strength},
                                                   {before.v, now.v, after.v, still_before.v, still_after.v, moment.v});
    return out;
  }

 private:
  // As often still as moving, and sometimes between.
  static reference::Map cells(const MatteSmoothCase& c, std::uint64_t seed) {
    const auto count = [](int extent) { return (extent + kStillnessCell - 1) / kStillnessCell; };
    reference::Map map = random_map(count(c.frame_h), count(c.frame_w), 1, -1, 2, seed);
    for (double& v : map.v) v = std::clamp(v, 0.0, 1.0);
    return map;
  }
};

namespace matte_smooth_checks {

inline reference::Map run(Backend& backend, const MatteSmoothCase& c, const MatteSmoothData& data) {
  return run_op(backend, MatteSmooth{c.strength, c.frame_h, c.frame_w}, data.inputs()).front();
}

inline void follows_its_formula(Backend& backend) {
  for (const MatteSmoothCase& c : kMatteSmoothCases) {
    CAPTURE(c.h, c.w, c.frame_h, c.frame_w);
    const MatteSmoothData data(c);
    // The place between cells of a matte's pixel is good to some units of the last place of its column's number.
    CHECK(largest_difference(run(backend, c, data), data.expected(c)) <= 1e-4);
  }
}

inline void leaves_out_other_scenes(Backend& backend) {
  const MatteSmoothCase c{9, 33, 61, 203, 1};
  MatteSmoothData last(c, true, false);
  const reference::Map out = run(backend, c, last);
  CHECK(largest_difference(out, last.expected(c)) <= 1e-4);
  CHECK(out.v != last.now.v);
  last.after = random_map(c.h, c.w, 1, 0, 1, 9);
  CHECK(run(backend, c, last).v == out.v);
  for (const bool after : {false, true}) {
    const MatteSmoothData first(c, false, after);
    CHECK(run(backend, c, first).v == first.now.v);
  }
}

inline void averages_what_stands_still_and_nothing_that_moves(Backend& backend) {
  const MatteSmoothCase c{16, 24, 64, 96, 0.5F};
  MatteSmoothData data(c);
  for (const double still : {0.0, 1.0}) {
    std::ranges::fill(data.still_before.v, still);
    std::ranges::fill(data.still_after.v, still);
    const reference::Map out = run(backend, c, data);
    for (std::size_t i = 0; i < out.v.size(); ++i) {
      const double mean = (data.now.v[i] + 3 * data.before.v[i] + data.after.v[i]) / 5;
      REQUIRE(std::abs(out.v[i] - (still > 0 ? mean : data.now.v[i])) <= 1e-6);
    }
  }
}

inline void keeps_what_is_the_same_in_all(Backend& backend) {
  const MatteSmoothCase c{9, 33, 61, 203, 0.7F};
  for (const double value : {0.0, 1.0}) {
    MatteSmoothData data(c);
    for (reference::Map* map : {&data.before, &data.now, &data.after}) std::ranges::fill(map->v, value);
    for (const double v : run(backend, c, data).v) REQUIRE(v == value);
  }
}

// The smoothed matte goes to where the last one lies.
inline void works_in_place(Backend& backend) {
  const MatteSmoothCase c{9, 33, 61, 203, 0.7F};
  Graph graph;
  const MatteSmoothData data(c);
  std::vector<TensorId> ids;
  for (const Input& input : data.inputs()) {
    ids.push_back(graph.input("in", {1, input.map.h, input.map.w, input.map.c}, DType::f32, true));
  }
  const TensorId before = graph.state("smoothed", {1, c.h, c.w, 1}, DType::f32);
  const TensorId smoothed = graph.append("smooth", MatteSmooth{c.strength, c.frame_h, c.frame_w},
                                         {before, ids[1], ids[2], ids[3], ids[4], ids[5]}, before);
  CHECK(smoothed == before);
  const TensorId out = graph.append("out", Convert{}, {smoothed});
  graph.output(out);
  Engine engine(graph, backend);
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const std::vector<double> values = data.inputs()[i].map.v;
    for (std::size_t k = 0; k < values.size(); ++k) write_value(engine.host(ids[i]).data(), DType::f32, k, values[k]);
  }
  MatteSmoothData expected = data;
  std::ranges::fill(expected.before.v, 0.0);
  for (int run = 0; run < 3; ++run) {
    engine.run();
    expected.before = expected.expected(c);
    reference::Map got(c.h, c.w);
    for (std::size_t k = 0; k < got.v.size(); ++k) got.v[k] = read_value(engine.host(out).data(), DType::f32, k);
    CHECK(largest_difference(got, expected.before) <= 2e-4);
  }
}

inline constexpr PixelCheck kAll[] = {
    {"matte_smooth follows its formula", follows_its_formula},
    {"matte_smooth leaves out the mattes of other scenes", leaves_out_other_scenes},
    {"matte_smooth averages what stands still, and nothing that moves",
     averages_what_stands_still_and_nothing_that_moves},
    {"matte_smooth keeps what is the same in all", keeps_what_is_the_same_in_all},
    {"matte_smooth works in place", works_in_place},
};

}  // namespace matte_smooth_checks
}  // namespace impasto::test
