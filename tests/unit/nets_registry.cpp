// The nets as graphs: tables of weights, shapes, names, and what is refused.
#include "nets/net.h"
#include "runtime/error.h"
#include "tests/slim_shapes.h"
#include "tests/support.h"

#include <functional>
#include <numeric>
#include <set>

using namespace impasto;

namespace {

std::int64_t numbers(const Net& net) {
  std::int64_t total = 0;
  for (const WeightSpec& spec : net.weight_table()) {
    total += std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  return total;
}

// The net with random weights, which are read no more once the graph stands.
Graph build(const char* name, int height, int width, Precision precision = Precision::fp32) {
  const Net& net = find_net(name);
  const Weights weights = Weights::random(net.weight_table(), 1);
  Graph graph = build_net(net, weights, height, width, precision);
  REQUIRE(graph.outputs().size() == 1);
  return graph;
}

TensorInfo output(const Graph& graph) {
  return graph.tensor(graph.outputs().front());
}

double multiply_adds(const Graph& graph) {
  double flops = 0;
  for (const Node& node : graph.nodes()) {
    const bool counts = std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Deconv2d>(node.op);
    flops += counts ? graph.cost(node).flops : 0;
  }
  return flops / 2;
}

}  // namespace

TEST_CASE("each net has its paper's weights") {
  CHECK(find_net("multistyle").weight_table().size() == 54);
  CHECK(numbers(find_net("multistyle")) == 166'104);
  CHECK(find_net("transform_net").weight_table().size() == 48);
  CHECK(numbers(find_net("transform_net")) == 1'677'638);
  CHECK(find_net("style_predictor").weight_table().size() == 106);
  CHECK(numbers(find_net("style_predictor")) == 2'334'916);
  CHECK(find_net("arbitrary_transform").weight_table().size() == 71);
  CHECK(numbers(find_net("arbitrary_transform")) == 177'718);
  for (const char* name : {"selfie", "selfie-landscape"}) {
    CHECK(find_net(name).weight_table().size() == 110);
    CHECK(numbers(find_net(name)) == 106'401);
  }
  CHECK(find_net("face").weight_table().size() == 74);
  CHECK(numbers(find_net("face")) == 101'390);
  CHECK(find_net("portrait-fcn").weight_table().size() == 39);
  CHECK(numbers(find_net("portrait-fcn")) == 134'271'430);
  CHECK(find_net("portrait-fcn+").weight_table().size() == 41);
  for (const Net& net : nets()) {
    std::set<std::string> names;
    for (const WeightSpec& spec : net.weight_table()) CHECK(names.insert(spec.name).second);
  }
}

TEST_CASE("each net does its paper's arithmetic") {
  CHECK(multiply_adds(build("multistyle", 40, 32)) == 19'404.0 * 40 * 32);
  CHECK(multiply_adds(build("transform_net", 40, 32)) == 126'144.0 * 40 * 32);
  CHECK(multiply_adds(build("arbitrary_transform", 40, 32)) == 12'528.0 * 40 * 32);
  CHECK(multiply_adds(build("style_predictor", 256, 256)) == Approx(0.391e9).epsilon(0.002));
  CHECK(multiply_adds(build("selfie", 256, 256)) == Approx(59.2e6).epsilon(0.002));
  CHECK(multiply_adds(build("selfie-landscape", 144, 256)) == Approx(33.3e6).epsilon(0.002));
}

TEST_CASE("style nets give the size rounded up to multiples of four, in float32") {
  for (const auto& [h, w] : {std::pair{5, 5}, {6, 9}, {7, 8}, {31, 18}}) {
    for (const char* name : {"multistyle", "transform_net", "arbitrary_transform"}) {
      for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        const TensorInfo out = output(build(name, h, w, precision));
        CHECK(out.shape == Shape{1, (h + 3) / 4 * 4, (w + 3) / 4 * 4, 3});
        CHECK(out.dtype == DType::f32);
      }
    }
  }
  CHECK(output(build("transform_net", 1, 2)).shape == Shape{1, 4, 4, 3});
}

TEST_CASE("nets run in 16 bits where they keep their limits, else in fp32") {
  for (const Net& net : nets()) {
    INFO(net.name);
    CHECK(precision_of(net, Precision::fp32) == Precision::fp32);
    const bool paints_or_cuts = net.kind == Net::Kind::style || net.kind == Net::Kind::matte;
    CHECK(precision_of(net, Precision::fp16) == (paints_or_cuts ? Precision::fp16 : Precision::fp32));
    const bool in_bf16 = paints_or_cuts && !net.name.starts_with("selfie");
    CHECK(precision_of(net, Precision::bf16) == (in_bf16 ? Precision::bf16 : Precision::fp32));
  }
}

TEST_CASE("portrait_fcn takes widths and the number of classes from the file") {
  for (const char* name : {"portrait-fcn", "portrait-fcn+"}) {
    const Net& net = find_net(name);
    const auto full = net.weight_table();
    CHECK(weight_table(net, [](std::string_view) { return std::nullopt; }).size() == full.size());
    const Weights slim = Weights::random(weight_table(net, test::slim_shapes(2)), 1);
    const auto table = weight_table(net, shapes_in(slim));
    CHECK_NOTHROW(slim.check(table));
    REQUIRE(table.size() == full.size());
    CHECK(table[0].shape == std::vector<std::int64_t>{3, net.face ? 6 : 3, 3, 3});
    CHECK(table[2].shape == std::vector<std::int64_t>{5, 3, 3, 3});
    for (const auto& [h, w] : {std::pair{1, 1}, {2, 9}, {33, 17}}) {
      CHECK(output(build_net(net, slim, h, w, Precision::fp32)).shape == Shape{1, h, w, 1});
    }
    CHECK(build_net(net, slim, 1, 1, Precision::fp32).inputs().size() == (net.face ? 2 : 1));
  }
}

TEST_CASE("portrait_fcn refuses what its file has wrong") {
  const Net& net = find_net("portrait-fcn");
  const auto problem = [&](std::vector<WeightSpec> table, const std::map<std::string, std::string>& metadata) {
    const test::TempDir folder;
    std::vector<NamedTensor> tensors;
    const Weights random = Weights::random(table, 1);
    for (const WeightView& t : random.tensors()) {
      tensors.push_back({t.name, t.dtype, t.shape, {t.data.begin(), t.data.end()}});
    }
    write_safetensors(folder / "w.safetensors", tensors, metadata);
    const Weights weights = Weights::open(folder / "w.safetensors");
    try {
      weights.check(weight_table(net, shapes_in(weights)));
      static_cast<void>(build_net(net, weights, 2, 3, Precision::fp32));
    } catch (const Error& error) {
      return std::string(error.what()).substr(weights.label().size());
    }
    return std::string();
  };
  const auto two = weight_table(net, test::slim_shapes(2));
  const auto many = weight_table(net, test::slim_shapes(21));
  CHECK(problem(two, {}).empty());
  CHECK(problem(two, {{"input_scale", "1"}, {"input_mean", "1,-2.5,3e1"}, {"person_class", "0"}}).empty());
  CHECK(problem(two, {{"input_scale", "1/255"}}) == ": input_scale is \"1/255\", expected a number");
  CHECK(problem(two, {{"input_scale", "inf"}}) == ": input_scale is \"inf\", expected a number");
  CHECK(problem(two, {{"input_scale", ""}}) == ": input_scale is \"\", expected a number");
  for (const char* mean : {"1,2", "1,2,3,4", "1,2,", "1, 2,3", "1;2;3", "1-2-3"}) {
    CHECK(problem(two, {{"input_mean", mean}}).find("expected 3 numbers divided by commas") != std::string::npos);
  }
  CHECK(problem(two, {{"person_class", "2"}}) == ": person_class is 2, expected 0..1");
  CHECK(problem(two, {{"person_class", "0.5"}}) == ": person_class is 0.5, expected 0..1");
  CHECK(problem(many, {{"person_class", "15"}}).empty());
  CHECK(problem(many, {}) == ": has scores of 21 classes and no person_class in its metadata");

  const auto changed = [&](std::string_view name, std::vector<std::int64_t> shape) {
    std::vector<WeightSpec> table = two;
    for (WeightSpec& spec : table) {
      if (spec.name == name) spec.shape = shape;
    }
    return problem(table, {});
  };
  CHECK(changed("conv1_1.weight", {3, 6, 3, 3}) == ": conv1_1.weight has shape 3x6x3x3, expected 3x3x3x3");
  CHECK(changed("conv4_2.weight", {9, 11, 3, 3}) == ": conv4_2.bias has shape 13, expected 9");
  CHECK(changed("fc6.weight", {14, 12 * 7 * 7}) == ": fc6.weight has shape 14x588, expected 14x12x7x7");
  CHECK(changed("upscore8.weight", {2, 2, 4, 4}) == ": upscore8.weight has shape 2x2x4x4, expected 2x2x16x16");
  CHECK(problem({two.begin() + 1, two.end()}, {}).find(": conv1_1.weight is missing") == 0);
  CHECK(problem(weight_table(net, test::slim_shapes(1)), {}) == ": has scores of one class, expected two or more");
}

TEST_CASE("matte nets give their fixed size") {
  CHECK(output(build("selfie", 256, 256)).shape == Shape{1, 256, 256, 1});
  CHECK(output(build("selfie-landscape", 144, 256)).shape == Shape{1, 144, 256, 1});
}

TEST_CASE("the predictor gives a style of the size that arbitrary_transform wants") {
  CHECK(output(build("style_predictor", 256, 256)).shape == Shape{1, 1, 1, find_net("arbitrary_transform").styles});
}

TEST_CASE("nets refuse what they cannot do") {
  CHECK_THROWS_WITH(find_net("unet"),
                    "unknown net \"unet\", expected one of multistyle, transform_net, arbitrary_transform, "
                    "style_predictor, selfie, selfie-landscape, portrait-fcn, portrait-fcn+, face");
  CHECK_THROWS_WITH(build("multistyle", 4, 9), "multistyle: size is 9x4, expected at least 5x5");
  CHECK_THROWS_WITH(build("selfie", 144, 256), "selfie: size is 256x144, expected 256x256");
  const Weights other = Weights::random(find_net("transform_net").weight_table(), 1);
  CHECK_THROWS_WITH(build_net(find_net("multistyle"), other, 16, 16, Precision::fp32),
                    Catch::Contains("contract.0.weight is missing"));
}
