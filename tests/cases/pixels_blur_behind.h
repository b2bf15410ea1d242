// What blur_behind must do on every backend.
#pragma once

#include "kernels/matte/blur_behind.h"
#include "tests/kernels/pixels_run.h"

namespace impasto::test::blur_behind_checks {

// A soft disc with stretches of exactly 0 and 1.
inline reference::Map disc(int h, int w) {
  reference::Map m(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double d = std::hypot(y - h / 2.0, x - w / 2.0) - std::min(h, w) / 4.0;
      m.at(y, x) = static_cast<double>(static_cast<float>(std::clamp(0.5 - d / 3, 0.0, 1.0)));
    }
  }
  return m;
}

inline reference::Map run(Backend& backend, float radius, const reference::Map& picture, const reference::Map& matte) {
  return run_op(backend, BlurBehind{radius}, {{picture, DType::u8}, {matte, DType::f32}})[0];
}

inline void follows_the_formula(Backend& backend) {
  for (const float radius : {0.0F, 1.0F, 4.0F, 17.3F, 100.0F}) {
    for (const auto& [h, w] : std::vector<std::pair<int, int>>{{1, 1}, {5, 18}, {35, 17}, {3, 50}, {64, 33}}) {
      CAPTURE(radius, h, w);
      const reference::Map picture = random_map(h, w, 3, 0, 255, 3, true), matte = disc(h, w);
      reference::Map exact(h, w, 3);
      exact.v = IMPASTO_TARGET::blur_behind_reference({.h = h, .w = w, .radius = radius}, picture.v, matte.v);
      // The blur holds 2^-24 of values that are 2^-8 at least, after division.
      CHECK(beyond_rounding(run(backend, radius, picture, matte), exact, 8) <= 0.05);
    }
  }
}

// A red person before a blue wall: no red beside them. Far inside there is nothing but the person.
inline void leaves_the_person_out(Backend& backend) {
  reference::Map picture(60, 90, 3), matte(60, 90);
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 90; ++x) {
      matte.at(y, x) = x >= 30 ? 1 : 0;
      picture.at(y, x, 0) = x >= 30 ? 250 : 10;
      picture.at(y, x, 2) = x >= 30 ? 10 : 200;
    }
  }
  const reference::Map out = run(backend, 12, picture, matte);
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 30; ++x) {
      CHECK(std::abs(out.at(y, x, 0) - 10) <= 2);
      CHECK(std::abs(out.at(y, x, 2) - 200) <= 2);
    }
    for (int x = 60; x < 90; ++x) CHECK(out.at(y, x, 0) == 250);
  }
}

inline void without_a_person_it_is_the_plain_blur(Backend& backend) {
  const reference::Map picture = random_map(21, 34, 3, 0, 255, 5, true);
  reference::Map nobody(21, 34), everybody(21, 34);
  std::fill(everybody.v.begin(), everybody.v.end(), 1.0);
  const reference::Map plain = run(backend, 6, picture, nobody);
  CHECK(largest_difference(run(backend, 6, picture, everybody), plain) <= 1);
  for (int c = 0; c < 3; ++c) {
    reference::Map channel(21, 34);
    for (std::size_t i = 0; i < channel.v.size(); ++i)
      channel.v[i] = picture.v[3 * i + static_cast<std::size_t>(c)] / 255;
    const reference::Map blurred = reference::feather({6}, channel);
    for (std::size_t i = 0; i < channel.v.size(); ++i) {
      CHECK(std::abs(plain.v[3 * i + static_cast<std::size_t>(c)] - 255 * blurred.v[i]) <= 0.51);
    }
  }
  const reference::Map same = run(backend, 0, picture, disc(21, 34));
  CHECK(largest_difference(same, picture) == 0);
}

inline constexpr PixelCheck kAll[] = {
    {"follows the formula for every radius and size", follows_the_formula},
    {"leaves the person out", leaves_the_person_out},
    {"is the plain blur where there is no person, or nothing else", without_a_person_it_is_the_plain_blur},
};

}  // namespace impasto::test::blur_behind_checks
