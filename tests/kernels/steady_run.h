// What remembers from run to run, Blend and norms with a memory, through the engine on any backend, over several frames
// and a cut.
#pragma once

#include "kernels/blend/blend.h"
#include "runtime/engine.h"
#include "tests/cases/blend.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::test {

inline void set_floats(Engine& engine, TensorId id, std::span<const float> values) {
  std::memcpy(engine.host(id).data(), values.data(), values.size_bytes());
}

// `reference` is blend_reference of the target's namespace.
template <typename Problem, typename Reference>
void check_blend(Backend& backend, const Reference& reference) {
  for (const BlendCase& c : test::problems(kBlendCases)) {
    CAPTURE(c.h, c.w, c.rows, c.columns, c.share);
    if (c.share == 1) continue;  // would never forget; the op refuses it
    Graph graph;
    const Shape shape{1, c.h, c.w, 3};
    const TensorId x = graph.input("x", shape, DType::f32);
    const TensorId stillness = graph.input("stillness", {1, c.rows, c.columns, 1}, DType::f32);
    const TensorId moment = graph.input("moment", kMomentShape, DType::f32, true);
    const TensorId last = graph.state("last", shape, DType::f32);
    const TensorId y = graph.append("blend", Blend{c.share}, {x, last, stillness, moment}, last);
    const TensorId out = graph.append("out", Convert{}, {y});
    graph.output(out);
    Engine engine(graph, backend);
    const BlendData data = blend_data(c);
    std::vector<float> before(data.x.size());
    for (const float continues : {0.0F, 1.0F, 1.0F, 0.0F, 1.0F}) {
      std::vector<float> now = data.x;
      for (std::size_t i = 0; i < now.size(); ++i) now[i] += 0.5F * before[(i + 5) % now.size()];
      set_floats(engine, x, now);
      set_floats(engine, stillness, data.stillness);
      set_floats(engine, moment, std::vector<float>{0, 0, continues, 0});
      engine.run();
      const std::vector<double> values = from_bytes(engine.host(out), DType::f32);
      if (continues == 0) {
        CHECK(values == std::vector<double>(now.begin(), now.end()));
      } else {
        const Problem problem{.h = c.h, .w = c.w, .rows = c.rows, .columns = c.columns, .share = c.share};
        require_close(values, reference(problem, now, data.stillness, before), [](std::size_t) { return 5e-4; });
      }
      before.assign(values.begin(), values.end());
    }
  }
}

// A convolution, which may bring the moments, and a norm behind it, which remembers.
inline void check_norm_memory(Backend& backend, Precision precision, const Shape& shape, int styles) {
  CAPTURE(to_string(shape), to_string(precision), styles);
  constexpr float kMemory = 0.75F;
  const auto channels = static_cast<std::size_t>(shape.c);
  std::vector<float> identity(channels * channels);
  for (std::size_t c = 0; c < channels; ++c) identity[c * (channels + 1)] = 1;
  const auto rows = static_cast<std::size_t>(std::max(1, styles));
  const std::vector<float> gamma = random_floats(rows * channels, 1), beta = random_floats(rows * channels, 2);
  const std::vector<float> style(static_cast<std::size_t>(styles), 0.5F);
  std::vector<std::int64_t> table{shape.c};
  if (styles > 0) table = {styles, shape.c};
  std::vector<double> mixed_gamma(channels), mixed_beta(channels);
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    mixed_gamma[i % channels] += static_cast<double>((styles > 0 ? 0.5F : 1.0F) * gamma[i]);
    mixed_beta[i % channels] += static_cast<double>((styles > 0 ? 0.5F : 1.0F) * beta[i]);
  }

  Graph graph;
  graph.scope("", precision);
  const DType act = graph.act();
  const TensorId x = graph.input("x", shape, act);
  const TensorId moment = graph.input("moment", kMomentShape, DType::f32, true);
  const TensorId mix = styles > 0 ? graph.input("style", {1, 1, 1, styles}, DType::f32) : kAbsent;
  const TensorId conv = graph.conv2d("conv", x, {.k = shape.c}, view_of(identity, {shape.c, shape.c, 1, 1}));
  graph.remember_norms(moment, kMemory);
  const TensorId y =
      graph.instance_norm("norm", conv, {.to_float = true}, view_of(gamma, table), view_of(beta, table), kAbsent, mix);
  graph.remember_norms(kAbsent);
  graph.output(y);
  Engine engine(graph, backend);
  std::vector<double> mean(channels), variance(channels);
  std::uint64_t frame = 10;
  for (const float continues : {0.0F, 1.0F, 1.0F, 0.0F, 1.0F}) {
    ++frame;
    const RandomInput in = random_input(shape, act, frame, static_cast<float>(frame - 8), static_cast<float>(frame));
    std::memcpy(engine.host(x).data(), in.bytes.data(), in.bytes.size());
    set_floats(engine, moment, std::vector<float>{0, 0, continues, 0});
    if (styles > 0) set_floats(engine, mix, style);
    engine.run();
    const reference::Statistics now = reference::statistics(in.tensor);
    const double share = static_cast<double>(kMemory * continues);
    std::vector<double> expected;
    for (std::size_t c = 0; c < channels; ++c) {
      mean[c] = now.mean[c] + share * (mean[c] - now.mean[c]);
      variance[c] = now.variance[c] + share * (variance[c] - now.variance[c]);
    }
    for (std::size_t i = 0; i < in.tensor.values.size(); ++i) {
      const std::size_t c = i % channels;
      expected.push_back(mixed_gamma[c] * (in.tensor.values[i] - mean[c]) / std::sqrt(variance[c] + 1e-5) +
                         mixed_beta[c]);
    }
    // The moments that a convolution brings are of what it stores, or of what it would store more exactly.
    const double limit = precision == Precision::fp32 ? 1e-4 : 2e-2;
    require_close(from_bytes(engine.host(y), DType::f32), expected, [&](std::size_t) { return limit; });
  }
}

inline void check_norm_memories(Backend& backend, Precision precision) {
  for (const Shape& shape : {Shape{1, 9, 13, 16}, Shape{1, 40, 41, 32}, Shape{1, 37, 50, 3}, Shape{1, 40, 30, 64}}) {
    check_norm_memory(backend, precision, shape, 0);
    check_norm_memory(backend, precision, shape, 2);
  }
}

}  // namespace impasto::test
