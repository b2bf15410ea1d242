// Store through the engine: what the run before left, for any backend.
#pragma once

#include "runtime/engine.h"
#include "tests/support.h"

#include <vector>

namespace impasto::test {

// y = the state of the run before; the state becomes x. Bytes that are no numbers too: a copy does not look at them.
inline void check_store(Backend& backend) {
  for (const DType dtype : {DType::u8, DType::u16, DType::f32}) {
    const Shape shape{1, 7, 13, 5};
    Graph graph;
    const TensorId x = graph.input("x", shape, dtype);
    const TensorId state = graph.state("before", shape, dtype);
    const TensorId y = graph.append("y", Pad{}, {state});
    graph.output(y);
    graph.store("keep", x, state);
    Engine engine(graph, backend);
    std::vector<std::byte> before(graph.tensor(x).bytes());
    for (int run = 1; run <= 3; ++run) {
      std::vector<std::byte> now(before.size());
      for (std::size_t i = 0; i < now.size(); ++i)
        now[i] = static_cast<std::byte>(i * 7 + static_cast<std::size_t>(run));
      std::ranges::copy(now, engine.host(x).begin());
      engine.run();
      CHECK(std::ranges::equal(engine.host(y), before));
      before = now;
    }
  }
}

}  // namespace impasto::test
