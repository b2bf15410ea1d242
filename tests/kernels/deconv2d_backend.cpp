// Transposed convolutions from graph to picture: Graph -> Engine -> the backend over kernels/, against the reference
// that the CPU is held to.
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/deconv2d.h"
#include "tests/device.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("backend: transposed convolutions run through the engine") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    for (const test::Deconv2dCase& c : test::problems(test::kDeconv2dCases)) {
      INFO(c.name << ", " << to_string(precision));
      Graph graph;
      graph.scope("test/", precision);
      const DType act = graph.act();
      const test::RandomInput in = test::random_input(c.x, act, 3);
      const std::vector<float> weight =
          test::random_floats(static_cast<std::size_t>(c.x.c * c.op.k * c.op.r * c.op.s), 1);
      const std::vector<float> bias = test::random_floats(c.bias ? static_cast<std::size_t>(c.op.k) : 0, 2);
      const TensorId x = graph.input("x", c.x, act);
      const TensorId y = graph.deconv2d("deconv", x, c.op, test::view_of(weight, {c.x.c, c.op.k, c.op.r, c.op.s}),
                                        c.bias ? test::view_of(bias, {c.op.k}) : WeightView{});
      graph.output(y);
      Engine engine(graph, *backend);
      CHECK(engine.profile()[0].kernel.starts_with("deconv2d_v"));
      std::memcpy(engine.host(x).data(), in.bytes.data(), in.bytes.size());
      engine.run();

      const std::vector<double> rounded_weight = test::rounded(weight, act);
      const std::vector<double> bias_values(bias.begin(), bias.end());
      const reference::Tensor want = reference::deconv2d(in.tensor, c.op, rounded_weight, bias_values);
      // Values are below 1: the sum of C R S / stride^2 products, in float.
      const double sum = 2 + c.x.c * c.op.r * c.op.s;
      test::require_close(test::from_bytes(engine.host(y), act), want.values, [&](std::size_t i) {
        return 2 * sum * std::sqrt(sum) * 0x1p-24 + 1.01 * test::unit_roundoff(act) * std::abs(want.values[i]) + 4e-7;
      });
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
