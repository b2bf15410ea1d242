#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/inspect_run.h"

using namespace impasto;

TEST_CASE("cpu: inspect, on any number of threads") {
  for (const int threads : {1, 2, 3}) test::check_inspect_node(*make_cpu_backend(threads));
}

TEST_CASE("inspect: what it does not take is named") {
  Graph graph;
  const TensorId two = graph.input("two", {1, 2, 2, 2}, DType::f32);
  CHECK_THROWS_WITH(graph.append("watch", Inspect{}, {two}), Catch::Contains("expected 1xHxWx1 or 1xHxWx3"));
  const TensorId deep = graph.input("deep", {1, 2, 2, 1}, DType::u16);
  CHECK_THROWS_WITH(graph.append("watch", Inspect{}, {deep}), Catch::Contains("u16, expected f32"));
}
