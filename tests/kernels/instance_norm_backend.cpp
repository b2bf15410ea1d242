// InstanceNorm from graph to values: Graph -> Engine -> the backend over kernels/, against the reference that the cpu
// device is tested with.
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/instance_norm.h"
#include "tests/device.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("instance_norm: through the engine, with style, residual and every activation") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  for (const test::InstanceNormCase& c : test::problems(test::kInstanceNormCases)) {
    if (c.x.count() > 200000) continue;  // the rungs' own tests have those
    for (const Precision precision : {Precision::fp32, Precision::fp16}) {
      INFO(c.name << ", " << to_string(precision));
      const DType act = activation_dtype(precision);
      const auto channels = static_cast<std::size_t>(c.x.c);
      const auto rows = static_cast<std::size_t>(std::max(1, c.styles));
      const std::vector<float> gamma = test::random_floats(rows * channels, 1);
      const std::vector<float> beta = test::random_floats(rows * channels, 2);
      const std::vector<float> style = c.styles > 0 ? test::random_floats(rows, 3) : std::vector<float>{1};
      const std::vector<float> gamma_bias = c.biases ? test::random_floats(channels, 6) : std::vector<float>(channels);
      const std::vector<float> beta_bias = c.biases ? test::random_floats(channels, 7) : std::vector<float>(channels);
      std::vector<double> mixed_gamma(gamma_bias.begin(), gamma_bias.end());
      std::vector<double> mixed_beta(beta_bias.begin(), beta_bias.end());
      for (std::size_t i = 0; i < gamma.size(); ++i) {
        mixed_gamma[i % channels] += static_cast<double>(style[i / channels]) * static_cast<double>(gamma[i]);
        mixed_beta[i % channels] += static_cast<double>(style[i / channels]) * static_cast<double>(beta[i]);
      }
      const test::RandomInput x = test::random_input(c.x, act, 4, c.spread, c.offset);
      const test::RandomInput residual = test::random_input(c.x, act, 5);

      Graph graph;
      graph.scope("", precision);
      const TensorId in = graph.input("x", c.x, act);
      const TensorId addend = c.residual ? graph.input("residual", c.x, act) : kAbsent;
      const TensorId mix = c.styles > 0 ? graph.input("style", {1, 1, 1, c.styles}, DType::f32) : kAbsent;
      std::vector<std::int64_t> shape{c.x.c};
      if (c.styles > 0) shape = {c.styles, c.x.c};
      const TensorId out =
          graph.instance_norm("norm", in, c.op, test::view_of(gamma, shape), test::view_of(beta, shape), addend, mix,
                              c.biases ? test::view_of(gamma_bias, {c.x.c}) : WeightView{},
                              c.biases ? test::view_of(beta_bias, {c.x.c}) : WeightView{});
      graph.output(out);
      Engine engine(graph, *backend);
      const auto fill = [&](TensorId id, const std::vector<std::byte>& bytes) {
        if (id != kAbsent) std::copy(bytes.begin(), bytes.end(), engine.host(id).begin());
      };
      fill(in, x.bytes);
      fill(addend, residual.bytes);
      fill(mix, test::to_bytes(style, DType::f32));
      engine.run();

      const reference::Tensor want =
          reference::instance_norm(x.tensor, c.op, mixed_gamma, mixed_beta, c.residual ? &residual.tensor : nullptr);
      const DType out_type = graph.tensor(out).dtype;
      const double roundings = 0x1p-24 * 1e4;  // instance_norm_rungs.cpp has the strict limits
      const double magnitude = static_cast<double>(c.op.out_scale) * (1 + std::abs(static_cast<double>(c.offset)));
      test::require_close(test::from_bytes(engine.host(out), out_type), want.values, [&](std::size_t i) {
        return roundings * magnitude + 1.01 * test::unit_roundoff(out_type) * std::abs(want.values[i]);
      });
    }
  }
}

TEST_CASE("instance_norm: which rung runs") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  const auto rung = [&](const Shape& shape, Precision precision) {
    const std::vector<float> ones(static_cast<std::size_t>(shape.c), 1.0F);
    Graph graph;
    graph.scope("", precision);
    const TensorId x = graph.input("x", shape, graph.act());
    graph.output(graph.instance_norm("norm", x, {}, test::view_of(ones, {shape.c}), test::view_of(ones, {shape.c})));
    return std::string(Engine(graph, *backend).profile().back().kernel);
  };
  CHECK(rung({1, 8, 8, 32}, Precision::fp16) == "instance_norm_v1_naive");
  CHECK(rung({1, 64, 64, 3}, Precision::fp16) == "instance_norm_v2_split");
  CHECK(rung({1, 64, 64, 32}, Precision::fp32) == "instance_norm_v2_split");
  CHECK(rung({1, 64, 64, 32}, Precision::fp16) == "instance_norm_v2_split");
  CHECK(rung({1, 96, 96, 32}, Precision::fp16) == "instance_norm_v3_vectors");
}

}  // namespace impasto::IMPASTO_TARGET
