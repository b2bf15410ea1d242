// conv2d through Graph, Engine and the backend over kernels/ against PyTorch (tests/tools/golden_conv2d.py).
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "runtime/weights.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// Float values into a tensor of the engine's, and out of one.
void fill(std::span<std::byte> tensor, std::span<const float> values, Precision precision) {
  REQUIRE(tensor.size() == values.size() * size_of(activation_dtype(precision)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = f32_to_f16(values[i]);
    if (precision == Precision::fp16) std::memcpy(&tensor[i * 2], &bits, 2);
    if (precision == Precision::fp32) std::memcpy(&tensor[i * 4], &values[i], 4);
  }
}

std::vector<float> read(std::span<const std::byte> tensor, Precision precision) {
  const DType dtype = activation_dtype(precision);
  return to_floats({"y", dtype, {static_cast<std::int64_t>(tensor.size() / size_of(dtype))}, tensor});
}

void check(const std::string& name, const Conv2d& op) {
  const Weights file = Weights::open(test::data_dir() / "conv2d" / (name + ".safetensors"));
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    INFO(name << " in " << to_string(precision));
    const auto tensor = [&](const char* key) {
      const WeightView* view = file.find(key);
      REQUIRE(view != nullptr);
      return *view;
    };
    const WeightView x_values = tensor("x");
    const auto shape_of = [](const WeightView& v) {
      return Shape{1, static_cast<int>(v.shape[0]), static_cast<int>(v.shape[1]), static_cast<int>(v.shape[2])};
    };
    Graph graph;
    graph.scope("golden/", precision);
    const TensorId x = graph.input("x", shape_of(x_values), graph.act());
    const WeightView* residual_values = file.find("residual");
    const TensorId residual =
        residual_values != nullptr ? graph.input("residual", shape_of(*residual_values), graph.act()) : kAbsent;
    const TensorId y = graph.conv2d(name, x, op, tensor("weight"), tensor("bias"), residual);
    graph.output(y);

    const std::unique_ptr<Backend> backend = make_backend(0);
    Engine engine(graph, *backend);
    fill(engine.host(x), to_floats(x_values), precision);
    if (residual != kAbsent) fill(engine.host(residual), to_floats(*residual_values), precision);
    engine.run();
    CHECK(engine.graph().nodes()[0].precision == precision);

    const std::vector<float> got = read(engine.host(y), precision);
    const std::vector<float> expected = to_floats(tensor(precision == Precision::fp32 ? "y" : "y16"));
    REQUIRE(got.size() == expected.size());
    double worst = 0;  // in units of what the format can hold: |y| is of the order of 1
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double unit = precision == Precision::fp32 ? 2e-6 : 0x1p-11;
      const double size = std::max(0.125, static_cast<double>(std::abs(expected[i])));
      const double error = std::abs(static_cast<double>(got[i]) - static_cast<double>(expected[i])) / (unit * size);
      worst = !(error <= worst) ? error : worst;
    }
    CHECK(worst <= (precision == Precision::fp32 ? 8 : 1.05));
  }
}

}  // namespace

TEST_CASE("golden: conv2d v1 from graph to picture gives PyTorch's numbers") {
  NEED_DEVICE();
  check("contract.0", {.k = 16,
                       .r = 9,
                       .s = 9,
                       .pad_top = 4,
                       .pad_left = 4,
                       .pad_bottom = 4,
                       .pad_right = 4,
                       .pad_mode = impasto::PadMode::reflect,
                       .weight_scale = 1.0F / 255.0F});
  check("contract.1",
        {.k = 24, .r = 3, .s = 3, .stride = 2, .pad_top = 1, .pad_left = 1, .activation = impasto::Activation::relu});
  check("depthwise", {.k = 19,
                      .r = 5,
                      .s = 5,
                      .pad_top = 2,
                      .pad_left = 2,
                      .pad_bottom = 2,
                      .pad_right = 2,
                      .groups = 19,
                      .activation = impasto::Activation::hard_swish});
}

}  // namespace impasto::IMPASTO_TARGET
