// Mattes on which islands and holes are looked for: soft and hard, tangled and empty.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace impasto::test {

struct MattePicture {
  int h = 0, w = 0;
  std::vector<float> v;

  MattePicture(int height, int width, float value = 0)
      : h(height), w(width), v(static_cast<std::size_t>(height) * static_cast<std::size_t>(width), value) {}
  [[nodiscard]] float& at(int y, int x) { return v[static_cast<std::size_t>(y) * w + x]; }
  [[nodiscard]] float at(int y, int x) const { return v[static_cast<std::size_t>(y) * w + x]; }
};

// A disc of `value` with a rim that fades over `soft` pixels, where it is more than what is there; with `dig` a hole.
inline void add_disc(MattePicture& m, float cy, float cx, float radius, float soft, float value = 1, bool dig = false) {
  for (int y = 0; y < m.h; ++y) {
    for (int x = 0; x < m.w; ++x) {
      const float d = std::hypot(static_cast<float>(y) - cy, static_cast<float>(x) - cx) - radius;
      const float v = value * std::clamp(0.5F - d / soft, 0.0F, 1.0F);
      m.at(y, x) = dig ? std::min(m.at(y, x), 1 - v) : std::max(m.at(y, x), v);
    }
  }
}

// Two winding walls of 1 between paths of 0, each one pixel wide.
inline MattePicture spiral(int h, int w) {
  MattePicture m(h, w);
  int top = 0, left = 0, bottom = h - 1, right = w - 1;
  for (int x = 0; x < w; ++x) m.at(0, x) = 1;
  while (top <= bottom && left <= right) {
    for (int y = top; y <= bottom; ++y) m.at(y, right) = 1;
    for (int x = left; x <= right; ++x) m.at(bottom, x) = 1;
    top += 2;
    for (int y = top; y <= bottom; ++y) m.at(y, left) = 1;
    for (int x = left; x <= right - 2; ++x) {
      if (top <= bottom) m.at(top, x) = 1;
    }
    left += 2;
    bottom -= 2;
    right -= 2;
  }
  return m;
}

// Values in low..high, in `steps` equal ones.
inline MattePicture noise(int h, int w, std::uint64_t seed, float low, float high, int steps) {
  MattePicture m(h, w);
  std::mt19937_64 engine(seed);
  for (float& v : m.v) {
    const auto step = static_cast<float>(engine() % static_cast<std::uint64_t>(steps + 1));
    v = low + (high - low) * step / static_cast<float>(steps);
  }
  return m;
}

// Blurred noise with all that lies between: islands, holes, bridges between them at every level.
inline MattePicture clouds(int h, int w, std::uint64_t seed, float share) {
  const MattePicture grain = noise(h, w, seed, 0, 1, 1024);
  MattePicture m(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      float sum = 0, count = 0;
      for (int j = std::max(0, y - 2); j <= std::min(h - 1, y + 2); ++j) {
        for (int i = std::max(0, x - 2); i <= std::min(w - 1, x + 2); ++i, ++count) sum += grain.at(j, i);
      }
      m.at(y, x) = std::clamp((sum / count - 1 + share) * 6 + 0.5F, 0.0F, 1.0F);
    }
  }
  return m;
}

inline MattePicture checkerboard(int h, int w, float low, float high) {
  MattePicture m(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) m.at(y, x) = (x + y) % 2 == 0 ? high : low;
  }
  return m;
}

// Two people, blotches alone and on a faint bridge, holes closed, open and on a faint bridge.
inline MattePicture people(int h, int w) {
  MattePicture m(h, w);
  const auto fy = static_cast<float>(h), fx = static_cast<float>(w);
  add_disc(m, 0.7F * fy, 0.3F * fx, 0.28F * fy, 4);
  add_disc(m, 0.6F * fy, 0.8F * fx, 0.2F * fy, 3);
  for (int x = w / 2; x < w; ++x) m.at(h / 5, x) = std::max(m.at(h / 5, x), 0.3F);
  for (int y = h / 5; y < h / 2; ++y) m.at(y, w - w / 5) = std::max(m.at(y, w - w / 5), 0.3F);
  add_disc(m, 0.2F * fy, 0.55F * fx, 3, 3);
  add_disc(m, 0.1F * fy, 0.1F * fx, 2.5F, 3);
  add_disc(m, 0.15F * fy, 0.3F * fx, 3, 5, 0.4F);
  add_disc(m, 0.7F * fy, 0.3F * fx, 3, 3, 1, true);
  add_disc(m, 0.75F * fy, 0.2F * fx, 2, 3, 0.4F, true);
  for (int y = h / 2; y < h * 7 / 10; ++y) m.at(y, w * 8 / 10) = std::min(m.at(y, w * 8 / 10), 0.8F);
  add_disc(m, 0.62F * fy, 0.8F * fx, 2, 2, 1, true);
  return m;
}

inline std::vector<MattePicture> component_pictures() {
  std::vector<MattePicture> all;
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{1, 1}, {1, 33}, {35, 1}, {2, 2}, {7, 65}}) {
    for (const float value : {0.0F, 1.0F, 0.4999F, 0.5F, 0.7F}) all.emplace_back(h, w, value);
    all.push_back(clouds(h, w, 5, 0.5F));
  }
  all.push_back(checkerboard(17, 33, 0, 1));
  all.push_back(checkerboard(16, 31, 0.3F, 0.9F));
  all.push_back(spiral(33, 41));
  all.push_back(spiral(24, 67));
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    all.push_back(noise(19, 45, seed, 0, 1, 8));
    all.push_back(noise(31, 37, seed, 0, 1, 1));
    all.push_back(clouds(41, 70, seed, 0.45F));
    all.push_back(clouds(37, 64, seed, 0.55F));
  }
  all.push_back(people(61, 97));
  return all;
}

inline constexpr float kComponentAreas[] = {0, 0.003F, 0.02F, 0.3F, 1};

}  // namespace impasto::test
