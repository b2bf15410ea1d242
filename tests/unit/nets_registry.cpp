// The nets as graphs: tables of weights, shapes, names, and what is refused.
#include "nets/net.h"
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
  CHECK(multiply_adds(build("selfie", 256, 256)) == Approx(59.2e6).epsilon(0.002));
  CHECK(multiply_adds(build("selfie-landscape", 144, 256)) == Approx(33.3e6).epsilon(0.002));
}

TEST_CASE("style nets give the size rounded up to multiples of four, in float32") {
  for (const auto& [h, w] : {std::pair{5, 5}, {6, 9}, {7, 8}, {31, 18}}) {
    for (const char* name : {"multistyle", "transform_net"}) {
      for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        const TensorInfo out = output(build(name, h, w, precision));
        CHECK(out.shape == Shape{1, (h + 3) / 4 * 4, (w + 3) / 4 * 4, 3});
        CHECK(out.dtype == DType::f32);
      }
    }
  }
  CHECK(output(build("transform_net", 1, 2)).shape == Shape{1, 4, 4, 3});
}

TEST_CASE("matte nets give their fixed size") {
  CHECK(output(build("selfie", 256, 256)).shape == Shape{1, 256, 256, 1});
  CHECK(output(build("selfie-landscape", 144, 256)).shape == Shape{1, 144, 256, 1});
}

TEST_CASE("nets refuse what they cannot do") {
  CHECK_THROWS_WITH(find_net("unet"),
                    "unknown net \"unet\", expected one of multistyle, transform_net, selfie, selfie-landscape, "
                    "portrait-fcn, portrait-fcn+, face");
  CHECK_THROWS_WITH(build("multistyle", 4, 9), "multistyle: size is 9x4, expected at least 5x5");
  CHECK_THROWS_WITH(build("selfie", 144, 256), "selfie: size is 256x144, expected 256x256");
  const Weights other = Weights::random(find_net("transform_net").weight_table(), 1);
  CHECK_THROWS_WITH(build_net(find_net("multistyle"), other, 16, 16, Precision::fp32),
                    Catch::Contains("contract.0.weight is missing"));
}
