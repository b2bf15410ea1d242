#include "runtime/graph.h"

#include "runtime/error.h"
#include "tests/support.h"

using namespace impasto;
using Catch::Matchers::Contains;

namespace {

// A weight of zeros that lives as long as the test.
struct Zeros {
  explicit Zeros(std::vector<std::int64_t> dims) : shape(std::move(dims)) {
    std::size_t count = 1;
    for (const std::int64_t d : shape) count *= static_cast<std::size_t>(d);
    values.resize(count);
  }
  [[nodiscard]] WeightView view() const { return {"w", DType::f32, shape, std::as_bytes(std::span(values))}; }
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

}  // namespace

TEST_CASE("graph: convolution shapes with stride and asymmetric padding") {
  Graph graph;
  const TensorId x = graph.input("x", {1, 7, 10, 3}, DType::f32);
  const Zeros weight({5, 3, 3, 2});
  const Conv2d op{.k = 5, .r = 3, .s = 2, .stride = 2, .pad_top = 0, .pad_left = 1, .pad_bottom = 1, .pad_right = 0};
  const TensorId y = graph.conv2d("conv", x, op, weight.view());
  REQUIRE(graph.tensor(y).shape == Shape{1, 3, 5, 5});
  REQUIRE(graph.cost(graph.nodes()[0]).flops == 2.0 * 3 * 5 * 5 * (3 * 3 * 2));
  REQUIRE(graph.cost(graph.nodes()[0]).bytes == 4.0 * (7 * 10 * 3 + 3 * 5 * 5 + 5 * 3 * 3 * 2));
}

TEST_CASE("graph: the precision of a scope decides the dtype, its prefix the names") {
  Graph graph;
  const TensorId picture = graph.input("rgb", {1, 4, 4, 3}, DType::u8);
  graph.scope("net/", Precision::bf16);
  const TensorId x = graph.append("convert", Convert{}, {picture});
  REQUIRE(graph.tensor(x).dtype == DType::bf16);
  REQUIRE(graph.nodes()[0].name == "net/convert");
  const Zeros ones({3});
  const TensorId y = graph.instance_norm("norm", x, {.to_float = true}, ones.view(), ones.view());
  REQUIRE(graph.tensor(y).dtype == DType::f32);
  graph.scope("", Precision::fp32);
  REQUIRE(graph.tensor(graph.append("to_float", Convert{}, {x})).dtype == DType::f32);
}

TEST_CASE("graph: transposed convolution with the crop of transform_net") {
  Graph graph;
  const TensorId x = graph.input("x", {1, 5, 6, 4}, DType::f32);
  const Zeros weight({4, 2, 3, 3});
  const Deconv2d fits{.k = 2, .r = 3, .s = 3, .stride = 2, .out_h = 10, .out_w = 12};
  REQUIRE(graph.tensor(graph.deconv2d("up", x, fits, weight.view())).shape == Shape{1, 10, 12, 2});
  const Deconv2d beyond{.k = 2, .r = 3, .s = 3, .stride = 2, .out_h = 12, .out_w = 12};
  REQUIRE_THROWS_WITH(graph.deconv2d("up", x, beyond, weight.view()), Contains("outside the full 11x13 result"));
}

TEST_CASE("graph: what does not fit is refused with the node's name") {
  Graph graph;
  graph.scope("net/", Precision::fp32);
  const TensorId x = graph.input("x", {1, 4, 4, 3}, DType::f32);
  const TensorId u = graph.input("u", {1, 4, 4, 3}, DType::u8);
  const TensorId half = graph.input("half", {1, 4, 4, 3}, DType::f16);
  const Zeros weight({8, 3, 3, 3});
  const Zeros swapped({3, 8, 3, 3});
  const Conv2d op{.k = 8, .r = 3, .s = 3};
  const Conv2d tall{.k = 8, .r = 9, .s = 3};
  const Conv2d mirrored{.k = 8, .r = 3, .s = 3, .pad_top = 4, .pad_mode = PadMode::reflect};
  const Conv2d grouped{.k = 8, .r = 3, .s = 3, .groups = 2};

  REQUIRE_THROWS_WITH(graph.conv2d("c", x, op, swapped.view()),
                      Contains("net/c (conv2d): w has shape 3x8x3x3, expected 8x3x3x3"));
  REQUIRE_THROWS_WITH(graph.conv2d("c", x, op, {}), Contains("weight 0 is missing"));
  REQUIRE_THROWS_WITH(graph.conv2d("c", half, op, weight.view()), Contains("input 0 is f16, expected f32"));
  REQUIRE_THROWS_WITH(graph.conv2d("c", x, tall, weight.view()), Contains("smaller than the 9x3 filter"));
  REQUIRE_THROWS_WITH(graph.conv2d("c", x, mirrored, weight.view()), Contains("too small for its reflection padding"));
  REQUIRE_THROWS_WITH(graph.conv2d("c", x, grouped, weight.view()), Contains("2 groups"));
  REQUIRE_THROWS_WITH(graph.append("p", Pad{.bottom = 4}, {x}), Contains("too small"));
  REQUIRE_THROWS_WITH(graph.append("p", Pad{.top = -2, .bottom = -2}, {x}), Contains("nothing is left of a 1x4x4x3"));
  REQUIRE_THROWS_WITH(graph.append("p", Pad{.left = -4, .right = 3}, {x}), Contains("nothing is left"));
  REQUIRE_THROWS_WITH(graph.append("r", Resize{.h = 6, .w = 8}, {x}), Contains("whole numbers"));
  REQUIRE_THROWS_WITH(graph.append("r", Resize{Resize::Mode::bilinear, 6, 8}, {u}), Contains("expected a float type"));
  REQUIRE_THROWS_WITH(graph.append("r", Resize{Resize::Mode::area, 6, 8}, {x}), Contains("expected u8"));
  REQUIRE_THROWS_WITH(graph.append("v", Convert{}, {graph.input("w", {1, 4, 4, 3}, DType::u16)}),
                      Contains("expected u8 or a float type"));
  REQUIRE_THROWS_WITH(graph.add("a", x, graph.input("y", {1, 4, 5, 3}, DType::f32)), Contains("expected 1x4x4x3"));
  const TensorId large = graph.input("large", {1, 6, 9, 3}, DType::f32);
  REQUIRE_THROWS_WITH(graph.add("a", x, large), Contains("expected 1x4x4x3"));
  REQUIRE_THROWS_WITH(graph.add("a", x, large, {.crop = Add::Offset{3, 0}}),
                      Contains("a (add): input 1 is 1x6x9x3, expected at least 1x4x4x3 at 3,0 of it"));
  REQUIRE_THROWS_WITH(graph.add("a", x, large, {.crop = Add::Offset{0, -1}}), Contains("at 0,-1 of it"));
  REQUIRE_THROWS_WITH(graph.gate("g", x, large), Contains("expected 1x1x1x3"));
  REQUIRE_THROWS_WITH(graph.input("empty", {1, 0, 4, 3}, DType::u8), Contains("empty side"));
  REQUIRE(graph.nodes().empty());
}

TEST_CASE("graph: what is added may be cut out of a larger map, a gate may be a map") {
  Graph graph;
  const TensorId x = graph.input("x", {2, 4, 5, 3}, DType::f32);
  const TensorId large = graph.input("large", {2, 6, 9, 3}, DType::f32);
  REQUIRE(graph.tensor(graph.add("a", x, large, {.crop = Add::Offset{2, 4}})).shape == Shape{2, 4, 5, 3});
  REQUIRE(graph.tensor(graph.gate("g", x, x)).shape == Shape{2, 4, 5, 3});
}

TEST_CASE("graph: max pooling rounds up or down, and no window begins beyond the picture") {
  Graph graph;
  const TensorId x = graph.input("x", {1, 7, 10, 3}, DType::f32);
  const auto shape = [&](const MaxPool& op) { return graph.tensor(graph.append("pool", op, {x})).shape; };
  REQUIRE(shape({}) == Shape{1, 3, 5, 3});
  REQUIRE(shape({.ceil_mode = true}) == Shape{1, 4, 5, 3});
  REQUIRE(shape({.r = 3, .s = 3, .stride = 2, .pad = 1, .ceil_mode = true}) == Shape{1, 4, 6, 3});
  REQUIRE(shape({.r = 1, .s = 1, .stride = 3, .ceil_mode = true}) == Shape{1, 3, 4, 3});
  REQUIRE(shape({.r = 2, .s = 2, .stride = 4, .pad = 1, .ceil_mode = true}) == Shape{1, 2, 3, 3});
  REQUIRE_THROWS_WITH(graph.append("pool", MaxPool{.r = 8}, {x}), Contains("smaller than the 8x2 window"));
  REQUIRE_THROWS_WITH(graph.append("pool", MaxPool{.r = 3, .s = 3, .pad = 2}, {x}), Contains("pad is 2, expected"));
  REQUIRE_THROWS_WITH(graph.append("soft", Softmax{}, {graph.input("one", {1, 2, 2, 1}, DType::f32)}),
                      Contains("expected 2 channels or more"));
  REQUIRE_THROWS_WITH(graph.append("soft", Softmax{99}, {x}), Contains("channel is 99, expected 0.."));
  const TensorId scores = graph.input("scores", {2, 7, 10, 2}, DType::f32);
  REQUIRE(graph.tensor(graph.append("soft", Softmax{}, {scores})).shape == Shape{2, 7, 10, 1});
}

TEST_CASE("graph: planes of a subsampled picture are checked and inferred") {
  Graph graph;
  const PixelFormat yuv420{.model = PixelFormat::Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1};
  const TensorId y = graph.input("y", {1, 5, 7, 1}, DType::u8);
  const TensorId u = graph.input("u", {1, 3, 4, 1}, DType::u8);
  const TensorId v = graph.input("v", {1, 3, 4, 1}, DType::u8);
  const TensorId rgb = graph.append("rgb", ToRgb{yuv420}, {y, u, v});
  REQUIRE(graph.tensor(rgb).shape == Shape{1, 5, 7, 3});

  const TensorId small = graph.input("small", {1, 2, 3, 1}, DType::u8);
  REQUIRE_THROWS_WITH(graph.append("rgb", ToRgb{yuv420}, {y, u, small}), Contains("expected 1x3x4x1"));

  const std::vector<TensorId> out =
      graph.append_planes("out", Composite{.format = yuv420}, {kAbsent, kAbsent, kAbsent, y, u, v});
  REQUIRE(out.size() == 3);
  REQUIRE(graph.tensor(out[2]).shape == Shape{1, 3, 4, 1});
}

TEST_CASE("graph: a state takes what fits it and nothing else, and is no output") {
  Graph graph;
  const TensorId x = graph.input("x", {1, 5, 7, 1}, DType::u8);
  const TensorId state = graph.state("before", {1, 5, 7, 1}, DType::u8);
  graph.store("keep", x, state);
  REQUIRE(op_name(graph.nodes()[0].op) == "store");
  REQUIRE(graph.nodes()[0].outputs == std::vector<TensorId>{state});
  REQUIRE(graph.is_state(state));
  REQUIRE(graph.is_persistent(state));
  REQUIRE_FALSE(graph.is_input(state));
  REQUIRE_FALSE(graph.is_state(x));
  REQUIRE(graph.append("add", Convert{}, {x}, graph.state("sum", {1, 5, 7, 1}, DType::f32)) == state + 1);

  REQUIRE_THROWS_WITH(graph.store("keep", x, x), Contains("keep: x is no state"));
  REQUIRE_THROWS_WITH(graph.store("keep", x, graph.state("small", {1, 5, 6, 1}, DType::u8)),
                      Contains("keep: state small is 1x5x6x1 u8, expected 1x5x7x1 u8"));
  REQUIRE_THROWS_WITH(graph.store("keep", x, state + 1), Contains("state sum is 1x5x7x1 f32, expected 1x5x7x1 u8"));
  REQUIRE_THROWS_WITH(graph.output(state), Contains("before is a state"));
}
