// Convert, Add, Gate and Pad from graph to values: Graph -> Engine -> the backend over kernels/, against the references
// that the cpu device is tested with.
#include "runtime/engine.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/kernels/guarded_run.h"
#include "tests/kernels/store_run.h"
#include "tests/reference/frame_ops.h"

#include <functional>

namespace impasto::IMPASTO_TARGET {

namespace {

using test::RandomInput;

// The values of the output that `make` appends, run on the backend for the given inputs.
std::vector<double> run(Precision precision, const std::vector<RandomInput>& inputs, std::string_view rung,
                        const std::function<TensorId(Graph&, std::vector<TensorId>)>& make) {
  const std::unique_ptr<Backend> backend = make_backend(0);
  Graph graph;
  graph.scope("", precision);
  std::vector<TensorId> ids;
  for (const RandomInput& input : inputs) {
    const auto bytes = input.bytes.size() / static_cast<std::size_t>(input.tensor.shape.count());
    const DType dtype = bytes == 1 ? DType::u8 : bytes == 2 ? DType::f16 : DType::f32;
    ids.push_back(graph.input("in", input.tensor.shape, dtype));
  }
  const TensorId out = make(graph, ids);
  graph.output(out);
  Engine engine(graph, *backend);
  CHECK(engine.profile().back().kernel == rung);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::copy(inputs[i].bytes.begin(), inputs[i].bytes.end(), engine.host(ids[i]).begin());
  }
  engine.run();
  return test::from_bytes(engine.host(out), graph.tensor(out).dtype);
}

double limit(double value, DType dtype) {
  return 32 * 0x1p-24 + 1.01 * test::unit_roundoff(dtype) * std::abs(value);
}

}  // namespace

TEST_CASE("elementwise: add, crop, gate, multiply and convert through the engine") {
  NEED_DEVICE();
  constexpr std::string_view kVectors = "elementwise_v2_vectors";
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    const DType act = activation_dtype(precision);
    const Shape shape{2, 5, 6, 24};
    const RandomInput a = test::random_input(shape, act, 1);
    const RandomInput b = test::random_input(shape, act, 2);
    const RandomInput larger = test::random_input({2, 9, 7, 24}, act, 3);
    const RandomInput g = test::random_input({2, 1, 1, 24}, act, 4);
    const auto check = [&](const std::vector<double>& got, const reference::Tensor& want, DType dtype) {
      test::require_close(got, want.values, [&](std::size_t i) { return limit(want.values[i], dtype); });
    };
    using Ids = std::vector<TensorId>;

    check(run(precision, {a, b}, kVectors,
              [](Graph& graph, Ids in) { return graph.add("sum", in[0], in[1], {impasto::Activation::relu}); }),
          reference::add(a.tensor, b.tensor, impasto::Activation::relu), act);
    check(run(precision, {a, larger}, kVectors,
              [](Graph& graph, Ids in) {
                return graph.add("sum", in[0], in[1], {.crop = impasto::Add::Offset{3, 1}});
              }),
          reference::add(a.tensor, reference::crop(larger.tensor, shape, 3, 1), impasto::Activation::none), act);
    check(run(precision, {a, g, b}, kVectors,
              [](Graph& graph, Ids in) { return graph.gate("gate", in[0], in[1], in[2]); }),
          reference::gate(a.tensor, g.tensor, &b.tensor), act);
    check(run(precision, {a, b}, kVectors, [](Graph& graph, Ids in) { return graph.gate("gate", in[0], in[1]); }),
          reference::gate(a.tensor, b.tensor), act);
    check(run(precision, {a}, kVectors,
              [](Graph& graph, Ids in) {
                return graph.append("map", Convert{2, -1, impasto::Activation::tanh}, {in[0]});
              }),
          reference::convert(a.tensor, {2, -1, impasto::Activation::tanh}), act);
    check(run(Precision::fp32, {a}, kVectors,
              [](Graph& graph, Ids in) { return graph.append("to_float", Convert{}, {in[0]}); }),
          a.tensor, DType::f32);
  }
}

TEST_CASE("elementwise: pictures become activations, and are padded, through the engine") {
  NEED_DEVICE();
  RandomInput picture{{}, {{1, 9, 11, 3}}};
  for (std::size_t i = 0; i < picture.tensor.values.size(); ++i) {
    picture.bytes.push_back(static_cast<std::byte>(i * 7 % 256));
    picture.tensor.values[i] = static_cast<double>(i * 7 % 256);
  }
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    const std::vector<double> got = run(
        precision, {picture}, "elementwise_v2_vectors",
        [](Graph& graph, std::vector<TensorId> in) { return graph.append("convert", Convert{1.0F / 255}, {in[0]}); });
    const reference::Tensor want = reference::convert(picture.tensor, {1.0F / 255});
    test::require_close(got, want.values,
                        [&](std::size_t i) { return limit(want.values[i], activation_dtype(precision)); });

    reference::Map map(9, 11, 3);
    map.v = picture.tensor.values;
    for (const impasto::Pad::Mode mode : {impasto::Pad::Mode::reflect, impasto::Pad::Mode::edge}) {
      const impasto::Pad op{mode, 4, 2, 3, 6};
      const auto pad = [&](Graph& graph, std::vector<TensorId> in) { return graph.append("pad", op, {in[0]}); };
      const RandomInput values{
          test::to_bytes(std::vector<float>(map.v.begin(), map.v.end()), activation_dtype(precision)), picture.tensor};
      CHECK(run(precision, {values}, "pad_v2_vectors", pad) == reference::pad(op, map).v);
      const impasto::Pad channels{.mode = mode, .left = 2, .bottom = 1, .channels = 4};
      const auto widen = [&](Graph& graph, std::vector<TensorId> in) { return graph.append("pad", channels, {in[0]}); };
      CHECK(run(precision, {values}, "pad_v2_vectors", widen) == reference::pad(channels, map).v);
      const impasto::Pad cut{mode, -2, -3, 1, -1};
      const auto shrink = [&](Graph& graph, std::vector<TensorId> in) { return graph.append("pad", cut, {in[0]}); };
      CHECK(run(precision, {values}, "pad_v2_vectors", shrink) == reference::pad(cut, map).v);
    }
  }
}

TEST_CASE("elementwise: a state keeps what is stored until the next run") {
  NEED_DEVICE();
  test::check_store(*make_backend(0));
}

}  // namespace impasto::IMPASTO_TARGET
