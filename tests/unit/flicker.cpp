// The flicker figure.
#include "apps/stylize/flicker.h"

#include "tests/support.h"

using impasto::stylize::Flicker;

TEST_CASE("flicker: half the mean square of what changes, where cells stand still and the scene goes on") {
  // 10 x 12 pixels: cells of 8 and 2 rows, 8 and 4 columns.
  Flicker flicker(10, 12);
  const auto frame = [](int left, int right) {
    std::vector<std::byte> values(120);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::byte>(i % 12 < 8 ? left : right);
    return values;
  };
  const std::vector<float> all(4, 1.0F);
  CHECK_FALSE(flicker.mean());
  flicker.add(frame(0, 0), all, false);
  CHECK_FALSE(flicker.mean());
  flicker.add(frame(51, 0), all, true);  // 0.2 in two thirds
  CHECK(*flicker.mean() == Approx(0.04 / 2 * 2 / 3));
  flicker.add(frame(0, 0), all, false);  // another scene
  CHECK(*flicker.mean() == Approx(0.04 / 2 * 2 / 3));
  const std::vector<float> right_only{0.5F, 1, 0, 1};
  flicker.add(frame(255, 102), right_only, true);  // 0.4 in the right third
  CHECK(*flicker.mean() == Approx((0.04 * 80 + 0.16 * 40) / 2 / 160));
}
