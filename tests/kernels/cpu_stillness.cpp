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
      const auto inside = [](std::size_t cell) { return cell >= 8 && cell < 12; };
      const auto beside = [](std::size_t cell) { return cell < 7 || cell > 12; };
      if (inside(i % 20) && inside(i / 20)) CHECK(still[i] == 0);
      if (beside(i % 20) || beside(i / 20)) CHECK(still[i] > 0.9);
    }
  }
}
