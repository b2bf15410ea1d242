// MaxPool, GlobalAverage and Softmax through the engine on any backend, against the references of net_ops.h.
#pragma once

#include "runtime/engine.h"
#include "tests/cases/maps.h"
#include "tests/cases/pool.h"
#include "tests/kernels/guarded_run.h"

namespace impasto::test {

// The values of a node with one input; twice, and the second run must give the same.
inline std::vector<double> run_node(Backend& backend, Precision precision, const Op& op, const RandomInput& x) {
  Graph graph;
  graph.scope("", precision);
  const TensorId in = graph.input("x", x.tensor.shape, graph.act());
  const TensorId out = graph.append("node", op, {in});
  graph.output(out);
  Engine engine(graph, backend);
  std::vector<double> values;
  for (int run = 0; run < 2; ++run) {
    std::copy(x.bytes.begin(), x.bytes.end(), engine.host(in).begin());
    engine.run();
    const std::vector<double> again = from_bytes(engine.host(out), graph.tensor(out).dtype);
    if (run == 1) CHECK(again == values);
    values = again;
  }
  return values;
}

inline void check_pools(Backend& backend, Precision precision) {
  const DType act = activation_dtype(precision);
  for (const MaxPoolCase& c : test::problems(kMaxPoolCases)) {
    CAPTURE(to_string(c.x), c.op.r, c.op.s, c.op.stride, c.op.pad, c.op.ceil_mode, to_string(precision));
    const RandomInput x = random_input(c.x, act, 1, 1, -2);
    CHECK(run_node(backend, precision, c.op, x) == reference::max_pool(x.tensor, c.op).values);
  }
  for (const Shape& shape : kMapShapes) {
    CAPTURE(to_string(shape), to_string(precision));
    const RandomInput x = random_input(shape, act, 2, 8);
    const std::vector<double> mean = reference::global_average(x.tensor).values;
    require_close(run_node(backend, precision, GlobalAverage{}, x), mean,
                  [&](std::size_t i) { return 1e-5 + 1.01 * unit_roundoff(act) * std::abs(mean[i]); });
    for (const auto& [classes, channel] : {std::pair{2, 1}, {2, 0}, {21, 15}}) {
      const RandomInput scores = random_input({shape.n, shape.h, shape.w, classes}, act, 3, 8);
      const std::vector<double> probability = reference::softmax(scores.tensor, channel).values;
      require_close(run_node(backend, precision, Softmax{channel}, scores), probability,
                    [](std::size_t) { return 1e-6; });
    }
  }
}

}  // namespace impasto::test
