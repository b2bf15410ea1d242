// Which rung runs a node when the caller forces one.
#include "runtime/engine.h"
#include "runtime/error.h"
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// A convolution of 8 channels and a depthwise one, which only conv2d_v1_naive takes.
Graph two_convolutions() {
  static const std::vector<float> values(3 * 3 * 8 * 8, 0.25F);
  const auto view = [](std::vector<std::int64_t> shape) {
    return WeightView{"w", DType::f32, std::move(shape), std::as_bytes(std::span(values))};
  };
  Graph graph;
  graph.scope("", Precision::fp16);
  const TensorId x = graph.input("x", {1, 9, 9, 8}, graph.act());
  const Conv2d conv{.k = 8, .r = 3, .s = 3};
  Conv2d depthwise = conv;
  depthwise.groups = 8;
  WeightView weight = view({8, 8, 3, 3});
  WeightView grouped = view({8, 1, 3, 3});
  grouped.data = grouped.data.first(sizeof(float) * 8 * 9);
  graph.output(graph.conv2d("b", graph.conv2d("a", x, conv, weight), depthwise, grouped));
  return graph;
}

std::vector<std::string> kernels(const std::vector<ForcedRung>& forced) {
  const std::unique_ptr<Backend> backend = make_backend(0, forced);
  std::vector<std::string> names;
  for (const NodeProfile& node : Engine(two_convolutions(), *backend).profile()) names.push_back(node.kernel);
  return names;
}

}  // namespace

TEST_CASE("backend: a forced rung runs the nodes that it takes, the others keep their choice") {
  NEED_DEVICE();
  const std::vector<std::string> chosen = kernels({});
  for (const char* name : {"v3", "v3_register_tile", "conv2d_v3_register_tile"}) {
    CHECK(kernels({{"conv2d", name}}) == std::vector<std::string>{"conv2d_v3_register_tile", chosen[1]});
  }
  CHECK(kernels({{"conv2d", "v1"}}) == std::vector<std::string>{"conv2d_v1_naive", "conv2d_v1_naive"});
}

TEST_CASE("backend: a forced rung that no node takes is a usage error that lists what there is") {
  NEED_DEVICE();
  for (const ForcedRung& wish :
       {ForcedRung{"conv2d", "v"}, ForcedRung{"conv2d", "naive"}, ForcedRung{"conv3d", "v1"}}) {
    try {
      (void)kernels({wish});
      FAIL_CHECK(wish.op << "=" << wish.rung);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK_THAT(error.what(), Catch::Contains("kernel " + wish.op + "=" + wish.rung) &&
                                   Catch::Contains("conv2d=v1_naive|v2_shared_tile"));
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
