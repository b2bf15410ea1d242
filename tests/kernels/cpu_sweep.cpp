#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/sweep_run.h"

#include <numeric>

using namespace impasto;

TEST_CASE("cpu: what moving edges have swept over") {
  const auto backend = make_cpu_backend();
  test::check_sweep<simt::SweepProblem>(*backend, simt::sweep_reference);
}

namespace {

constexpr int kRows = 50, kColumns = 70;

// From the case's square in that run, in cells.
int distance(const test::SweepCase& c, int run, std::size_t cell) {
  const auto outside = [&](int first, int place) { return std::max({first - place, place - (first + c.side - 1), 0}); };
  const int left = c.start + std::min(run, c.stops) / c.every;
  return std::max(outside(left, static_cast<int>(cell) % c.columns),
                  outside((c.rows - c.side) / 2, static_cast<int>(cell) / c.columns));
}

// Runs the case until the square has left, and fails for a cell beside or in the square that is held, or one far from
// it that is not.
void check_video(const test::SweepCase& c, bool far_stands_still) {
  CAPTURE(c.side, c.start, c.every);
  const auto backend = make_cpu_backend();
  test::SweepRun sweep(*backend, c.rows, c.columns);
  const int runs = c.every * (c.columns - c.start);
  for (int run = 0; run < runs; ++run) {
    const std::vector<double> still = sweep.next(test::sweep_frame(c, run));
    if (run < c.every) continue;  // nothing has moved
    int held = 0, loose = 0;
    for (std::size_t i = 0; i < still.size(); ++i) {
      const int far = distance(c, run, i);
      if (far <= 1 && still[i] > 0) ++held;
      if (far > 4 && still[i] < 1) ++loose;
    }
    CAPTURE(run);
    CHECK(held == 0);
    if (far_stands_still) CHECK(loose == 0);
  }
}

// The mean stillness of the last of so many runs.
double mean_after(const test::SweepCase& c, int runs) {
  const auto backend = make_cpu_backend();
  test::SweepRun sweep(*backend, c.rows, c.columns);
  std::vector<double> still;
  for (int run = 0; run < runs; ++run) still = sweep.next(test::sweep_frame(c, run));
  return std::accumulate(still.begin(), still.end(), 0.0) / static_cast<double>(still.size());
}

}  // namespace

TEST_CASE(
    "sweep: a plain object moves inside too, entering, large and slow; what is not near it and was behind it is "
    "still") {
  for (const int side : {3, 8, 26, 32}) {
    for (const int every : {1, 2, 8}) {
      check_video({.rows = kRows, .columns = kColumns, .side = side, .start = -side, .every = every}, true);
    }
  }
}

TEST_CASE("sweep: an object that was there at first moves inside as far as squares reach") {
  for (const int side : {3, 12, 24}) {
    for (const int every : {1, 4}) {
      check_video({.rows = kRows, .columns = kColumns, .side = side, .start = 20, .every = every}, false);
    }
  }
}

TEST_CASE("sweep: what stops is still after a while, light that fades moves nothing") {
  const test::SweepCase stops{
      .rows = kRows, .columns = kColumns, .side = 20, .start = -20, .every = 1, .stops = 30, .cut = 1000};
  CHECK(mean_after(stops, 50) < 0.9);
  CHECK(mean_after(stops, 60) == 1);
  const test::SweepCase fades{
      .rows = kRows, .columns = kColumns, .side = 0, .start = 0, .every = 1, .stops = 0, .noise = 2, .fades = 1.5F};
  CHECK(mean_after(fades, 60) == 1);
}

TEST_CASE("sweep: between two edges all moves, at the grid's border nothing else does") {
  const auto backend = make_cpu_backend();
  // Columns of six cells that move, in the rows 20 to 25.
  const auto run = [&](std::initializer_list<std::size_t> columns) {
    test::SweepFrame frame{std::vector<float>(kRows * kColumns, 1), std::vector<float>(3 * kRows * kColumns), false};
    for (const std::size_t column : columns) {
      for (std::size_t row = 20; row < 26; ++row) frame.still[row * kColumns + column] = 0;
    }
    return test::SweepRun(*backend, kRows, kColumns).next(frame);
  };
  const auto check = [](const std::vector<double>& still, const auto& moves) {
    int wrong = 0;
    for (std::size_t i = 0; i < still.size(); ++i) {
      const std::size_t row = i / kColumns;
      if (still[i] != (row >= 18 && row <= 27 && moves(i % kColumns) ? 0 : 1)) ++wrong;
    }
    CHECK(wrong == 0);
  };
  check(run({20, 45}), [](std::size_t column) { return column >= 18 && column <= 47; });
  check(run({20, 46}),
        [](std::size_t column) { return (column >= 18 && column <= 22) || (column >= 44 && column <= 48); });
  check(run({3}), [](std::size_t column) { return column >= 1 && column <= 5; });
}
