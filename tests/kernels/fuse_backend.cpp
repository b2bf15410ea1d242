// Fused and unfused graphs agree: convolutions between norms, with zeros and with reflection around, an enlargement and
// a residual, through the backend over kernels/. Forcing a rung of conv2d keeps the graph as it is.
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"

#include <algorithm>
#include <cmath>

namespace impasto::IMPASTO_TARGET {

namespace {

struct Net {
  std::vector<std::vector<float>> weights;
  Graph graph;
  TensorId in = kAbsent, out = kAbsent;

  explicit Net(impasto::PadMode mode) {
    weights.reserve(16);
    const auto view = [&](std::vector<std::int64_t> shape) {
      std::int64_t count = 1;
      for (const std::int64_t n : shape) count *= n;
      weights.push_back(test::random_floats(static_cast<std::size_t>(count), 10 + weights.size()));
      return WeightView{"w", DType::f32, std::move(shape), std::as_bytes(std::span(weights.back()))};
    };
    const Conv2d conv{
        .k = 16, .r = 3, .s = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .pad_mode = mode};
    const InstanceNorm relu{.activation = impasto::Activation::relu};
    graph.scope("", Precision::fp16);
    in = graph.input("in", {1, 11, 23, 16}, graph.act());
    TensorId x = graph.conv2d("a", in, conv, view({16, 16, 3, 3}), view({16}));
    x = graph.instance_norm("a.norm", x, relu, view({16}), view({16}));
    x = graph.conv2d("b", x, conv, view({16, 16, 3, 3}));
    x = graph.instance_norm("b.norm", x, {}, view({16}), view({16}), in);
    x = graph.conv2d("c", x, conv, view({16, 16, 3, 3}));
    x = graph.instance_norm("c.norm", x, relu, view({16}), view({16}));
    x = graph.conv2d("d", x, conv, view({16, 16, 3, 3}));
    out = graph.instance_norm("d.norm", x, {.to_float = true}, view({16}), view({16}));
    graph.output(out);
  }

  [[nodiscard]] std::vector<float> run(Backend& backend, std::size_t nodes) const {
    Engine engine(graph, backend);
    CHECK(engine.graph().nodes().size() == nodes);
    const std::vector<float> values = test::random_floats(11 * 23 * 16, 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint16_t bits = f32_to_f16(values[i]);
      std::memcpy(&engine.host(in)[i * 2], &bits, 2);
    }
    engine.run();
    std::vector<float> y(values.size());
    std::memcpy(y.data(), engine.host(out).data(), y.size() * 4);
    return y;
  }
};

}  // namespace

TEST_CASE("backend: a fused graph computes what the net says") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> fusing = make_backend(0);
  const std::unique_ptr<Backend> plain = make_backend(0, {{"conv2d", "v5"}});
  for (const impasto::PadMode mode : {impasto::PadMode::zero, impasto::PadMode::reflect}) {
    const Net net(mode);
    // a, b, c, d and their norms, each with a merge.
    const std::vector<float> fused = net.run(*fusing, 12);
    const std::vector<float> expected = net.run(*plain, 8);
    // Both round to half after each convolution and norm: some units of it, of values of about 1.
    for (std::size_t i = 0; i < fused.size(); ++i) {
      if (!(std::abs(fused[i] - expected[i]) <= 8 * 0x1p-11F * (1 + std::abs(expected[i])))) {
        CAPTURE(i, fused[i], expected[i]);
        FAIL_CHECK("the value is wrong");
        break;
      }
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
