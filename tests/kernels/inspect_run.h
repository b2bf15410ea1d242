// Values for Inspect, and the node through the engine on any backend against plain loops.
#pragma once

#include "runtime/engine.h"
#include "tests/cases/inspect.h"
#include "tests/support.h"

#include <cstring>
#include <limits>

namespace impasto::test {

// Some of them NaN, infinities, zeros of both signs; channel 2 of a picture has nothing else but one kind of them.
inline std::vector<float> inspect_values(const Shape& shape, bool bytes) {
  std::vector<float> values = random_floats(static_cast<std::size_t>(shape.count()), 5);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float kinds[] = {std::nanf(""), kInfinity, -kInfinity, -0.0F, 0.0F, std::numeric_limits<float>::max(), 1e-45F};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bytes) {
      values[i] = std::floor(values[i] * 100 + 128);
    } else if (i % 11 == 4) {
      values[i] = kinds[i / 11 % std::size(kinds)];
    }
    if (shape.c == 3 && i % 3 == 2) values[i] = bytes ? 7.0F : shape.h % 2 == 0 ? -0.0F : std::nanf("");
  }
  return values;
}

inline std::vector<std::byte> inspect_bytes(const std::vector<float>& values, bool bytes) {
  std::vector<std::byte> result(values.size() * (bytes ? 1 : sizeof(float)));
  if (!bytes) std::memcpy(result.data(), values.data(), result.size());
  for (std::size_t i = 0; bytes && i < values.size(); ++i) result[i] = static_cast<std::byte>(values[i]);
  return result;
}

inline std::vector<float> inspected(const std::vector<float>& values, std::size_t channels) {
  std::vector<float> told;
  for (std::size_t c = 0; c < channels; ++c) {
    float least = std::numeric_limits<float>::infinity(), largest = -least, others = 0;
    for (std::size_t i = c; i < values.size(); i += channels) {
      if (!std::isfinite(values[i])) {
        ++others;
        continue;
      }
      least = std::min(least, values[i]);
      largest = std::max(largest, values[i]);
    }
    told.insert(told.end(), {least, largest, others});
  }
  return told;
}

inline void check_inspect_node(Backend& backend) {
  for (const Shape& shape : kInspectShapes) {
    for (const bool bytes : {false, true}) {
      CAPTURE(to_string(shape), bytes);
      const std::vector<float> values = inspect_values(shape, bytes);
      Graph graph;
      const TensorId x = graph.input("x", shape, bytes ? DType::u8 : DType::f32);
      const TensorId y = graph.append("inspect", Inspect{}, {x});
      graph.output(y);
      CHECK(graph.tensor(y).shape == Shape{1, 1, shape.c, 3});
      Engine engine(graph, backend);
      for (int run = 0; run < 2; ++run) {
        const std::vector<std::byte> from = inspect_bytes(values, bytes);
        std::copy(from.begin(), from.end(), engine.host(x).begin());
        engine.run();
        std::vector<float> told(static_cast<std::size_t>(shape.c) * 3);
        std::memcpy(told.data(), engine.host(y).data(), told.size() * sizeof(float));
        CHECK(told == inspected(values, static_cast<std::size_t>(shape.c)));
        for (const float value : told) CHECK_FALSE((value == 0 && std::signbit(value)));
      }
    }
  }
}

}  // namespace impasto::test
