// conv2d from graph to picture: Graph -> Engine -> the backend over kernels/, and what that backend refuses.
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

namespace {

WeightView view(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  return {"w", DType::f32, std::move(shape), std::as_bytes(std::span(values))};
}

}  // namespace

TEST_CASE("backend: two convolutions with a residual run through the engine") {
  NEED_DEVICE();
  // y = relu(2 x + 1), z = y + x: exact in fp16 and fp32.
  const std::vector<float> two{2};
  const std::vector<float> one{1};
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    const std::unique_ptr<Backend> backend = make_backend(0);
    CHECK(backend->name() == Device::kTarget);
    Graph graph;
    graph.scope("test/", precision);
    const TensorId x = graph.input("x", {1, 2, 2, 1}, graph.act());
    const TensorId y =
        graph.conv2d("y", x, {.activation = impasto::Activation::relu}, view(two, {1, 1, 1, 1}), view(one, {1}));
    const TensorId z = graph.conv2d("z", y, {}, view(one, {1, 1, 1, 1}), {}, x);
    graph.output(z);
    Engine engine(graph, *backend);
    CHECK(engine.profile()[0].kernel == "conv2d_v1_naive");

    const std::vector<float> in{-3, 0, 0.5F, 2};
    const std::vector<float> expected{-3, 1, 2.5F, 7};
    for (int frame = 0; frame < 3; ++frame) {
      for (std::size_t i = 0; i < 4; ++i) {
        const std::uint16_t bits = f32_to_f16(in[i]);
        if (precision == Precision::fp16) std::memcpy(&engine.host(x)[i * 2], &bits, 2);
        if (precision == Precision::fp32) std::memcpy(&engine.host(x)[i * 4], &in[i], 4);
      }
      engine.run();
      for (std::size_t i = 0; i < 4; ++i) {
        float value = NAN;
        std::uint16_t bits = 0;
        if (precision == Precision::fp32) std::memcpy(&value, &engine.host(z)[i * 4], 4);
        if (precision == Precision::fp16) std::memcpy(&bits, &engine.host(z)[i * 2], 2);
        if (precision == Precision::fp16) value = f16_to_f32(bits);
        CHECK(value == expected[i]);
      }
    }
  }
}

TEST_CASE("backend: bf16 is a clear error") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  Graph rounded;
  rounded.scope("", Precision::bf16);
  const TensorId y = rounded.input("x", {1, 2, 2, 1}, rounded.act());
  rounded.output(rounded.add("sum", y, y));
  CHECK_THROWS_WITH(Engine(rounded, *backend), Catch::Contains("bf16"));
}

}  // namespace impasto::IMPASTO_TARGET
