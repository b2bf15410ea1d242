// PortraitInput through the engine on any backend, against a reference written here.
#pragma once

#include "runtime/engine.h"
#include "tests/cases/portrait_input.h"
#include "tests/kernels/guarded_run.h"

#include <cmath>

namespace impasto::test {

inline constexpr PortraitInput kPortraitInput{
    .scale = 0.5F, .mean = {104.008F, 116.669F, 122.675F}, .centre_x = 3, .centre_y = -2};

inline std::vector<double> portrait_input(const PortraitInputCase& c, const std::vector<double>& rgb,
                                          const std::vector<float>& mask) {
  const auto number = [](float value) { return static_cast<double>(value); };
  const auto mask_at = [&](int row, int column) {
    const bool inside = row >= 1 && row <= c.mask_h && column >= 1 && column <= c.mask_w;
    return inside ? number(mask[static_cast<std::size_t>((row - 1) * c.mask_w + column - 1)]) : 0;
  };
  std::vector<double> y;
  for (int pixel = 0; pixel < c.h * c.w; ++pixel) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double value = rgb[static_cast<std::size_t>(3 * pixel + 2) - i];
      y.push_back((value - number(kPortraitInput.mean.at(i))) * number(kPortraitInput.scale));
    }
    if (c.mask_h == 0) continue;
    const int px = pixel % c.w + 1, py = pixel / c.w + 1;
    const double u = number(c.face[0]) * px + number(c.face[1]) * py + number(c.face[2]);
    const double v = number(c.face[3]) * px + number(c.face[4]) * py + number(c.face[5]);
    if (c.face[6] == 0 || !(std::abs(u - c.mask_w / 2.0) <= 600 + c.mask_w / 2.0) ||
        !(std::abs(v - c.mask_h / 2.0) <= 600 + c.mask_h / 2.0)) {
      y.insert(y.end(), 3, 0.0);
      continue;
    }
    const int left = static_cast<int>(std::floor(u)), top = static_cast<int>(std::floor(v));
    const double above = std::lerp(mask_at(top, left), mask_at(top, left + 1), u - left);
    const double below = std::lerp(mask_at(top + 1, left), mask_at(top + 1, left + 1), u - left);
    y.push_back((u - 3) / c.mask_w);
    y.push_back((v + 2) / c.mask_h);
    y.push_back(std::lerp(above, below, v - top));
  }
  return y;
}

inline void check_portrait_inputs(Backend& backend, Precision precision, DType rgb_type = DType::u8) {
  for (const PortraitInputCase& c : test::problems(kPortraitInputCases)) {
    CAPTURE(c.h, c.w, c.mask_h, c.mask_w);
    const std::vector<float> mask = random_floats(static_cast<std::size_t>(c.mask_h) * c.mask_w, 6);
    Graph graph;
    graph.scope("", precision);
    const TensorId rgb = graph.input("rgb", {1, c.h, c.w, 3}, rgb_type);
    const bool plus = c.mask_h > 0;
    const TensorId face = plus ? graph.input("face", kFaceShape, DType::f32, true) : kAbsent;
    const WeightView view = plus ? view_of(mask, {c.mask_h, c.mask_w}) : WeightView{};
    const TensorId out = graph.portrait_input("input", rgb, kPortraitInput, face, view);
    graph.output(out);
    Engine engine(graph, backend);
    std::vector<double> picture(static_cast<std::size_t>(c.h) * c.w * 3);
    for (std::size_t i = 0; i < picture.size(); ++i) {
      picture[i] = static_cast<double>(i * 37 % 256) - (rgb_type == DType::f32 ? 0.375 : 0);
      const auto value = static_cast<float>(picture[i]);
      if (rgb_type == DType::f32) std::memcpy(&engine.host(rgb)[i * sizeof value], &value, sizeof value);
      if (rgb_type == DType::u8) engine.host(rgb)[i] = static_cast<std::byte>(value);
    }
    if (plus) std::memcpy(engine.host(face).data(), c.face.data(), sizeof c.face);
    engine.run();
    const DType act = graph.act();
    const std::vector<double> expected = portrait_input(c, picture, mask);
    require_close(from_bytes(engine.host(out), act), expected, [&](std::size_t i) {
      return 1.01 * unit_roundoff(act) * std::abs(expected[i]) + (plus && i % 6 >= 3 ? 1e-3 : 1e-5);
    });
  }
}

}  // namespace impasto::test
