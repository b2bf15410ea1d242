#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/stillness_run.h"

#include <numeric>

using namespace impasto;

TEST_CASE("cpu: where a frame stands still") {
  const auto backend = make_cpu_backend();
  test::check_stillness<simt::StillnessProblem>(*backend, simt::stillness_reference);
}

TEST_CASE("stillness: noise up to 8 levels stands still, what moves does not") {
  const auto backend = make_cpu_backend();
  const auto run = [&](const test::StillnessCase& c) {
    return test::run_stillness(*backend, c.h, c.w, test::frames_of(c));
  };
  const auto mean = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  for (const float noise : {0.0F, 1.0F, 2.0F, 4.0F, 6.0F, 8.0F}) {
    CAPTURE(noise);
    CHECK(mean(run({360, 640, noise, 0, 0, false})) > 0.99);
  }
  for (const float noise : {0.0F, 2.0F, 4.0F, 8.0F}) {
    CAPTURE(noise);
    const std::vector<double> still = run({160, 160, noise, 40, 15, false});  // covers cells 7.5 to 12.5 of 20
    for (std::size_t i = 0; i < still.size(); ++i) {
      const auto far = [](std::size_t cell) {
        return std::max(7.0 - static_cast<double>(cell), static_cast<double>(cell) - 12.0);
      };
      const double distance = std::max(far(i % 20), far(i / 20));
      if (distance <= 1) CHECK(still[i] == 0);
    }
  }
}

TEST_CASE("stillness: the inside of a plain object moves with its edges, at the frame's border nothing else does") {
  const auto backend = make_cpu_backend();
  const auto run = [&](int side, int speed, int right) {
    return test::run_stillness(*backend, 240, 240, test::frames_of({240, 240, 3, side, 60, false, speed, right}));
  };
  for (const int side : {28, 60, 96}) {
    for (const int speed : {2, 3, 8}) {
      for (const int right : {0, 5, -60}) {
        CAPTURE(side, speed, right);
        const std::vector<double> still = run(side, speed, right);
        for (std::size_t i = 0; i < still.size(); ++i) {
          // From the square, in pixels, of the cell's nearest.
          const auto far = [&](std::size_t cell, int middle) {
            const int first = 8 * static_cast<int>(cell);
            return std::max({middle - side / 2 - (first + 7), first - (middle + side / 2 - 1), 0});
          };
          const int distance = std::max(far(i % 30, 120 + right), far(i / 30, 120));
          if (distance <= 8) CHECK(still[i] == 0);
          if (distance >= 24) CHECK(still[i] == 1);
        }
      }
    }
  }
  // One edge at the border, all but a column of the object beyond it.
  const std::vector<double> still = run(40, 1, -139);
  for (std::size_t i = 0; i < still.size(); ++i) {
    CAPTURE(i / 30, i % 30);
    const std::size_t row = i / 30;
    CHECK(still[i] == (i % 30 <= 2 && row >= 10 && row <= 19 ? 0.0 : 1.0));
  }
}
