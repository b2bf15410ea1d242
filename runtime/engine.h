// Engine: a Graph bound to weights, memory and a backend. Construct once for a shape, run many frames without allocation.
#pragma once

#include "runtime/arena.h"
#include "runtime/backend.h"
#include "runtime/graph.h"
#include "runtime/profiler.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace impasto {

class Engine {
 public:
  // The backend, and whatever the graph's weight views point to, must outlive the engine's construction; the backend also
  // its runs. Throws Error that names the node and precision if the backend cannot run it.
  Engine(Graph graph, Backend& backend);

  // Host memory of a graph input (to be filled before run) or output (to be read after it), dense NHWC.
  [[nodiscard]] std::span<std::byte> host(TensorId id);

  void run(Profiler* profiler = nullptr);

  [[nodiscard]] const Graph& graph() const noexcept { return graph_; }
  [[nodiscard]] const ArenaPlan& arena() const noexcept { return plan_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  [[nodiscard]] std::span<const std::unique_ptr<Kernel>> kernels() const noexcept { return prepared_.kernels; }

 private:
  struct Bound {  // pointers of a node, made once
    std::vector<std::byte*> inputs, outputs;
  };
  Graph graph_;
  Backend* backend_;
  Prepared prepared_;
  ArenaPlan plan_;
  std::size_t workspace_bytes_ = 0;
  std::vector<std::unique_ptr<Memory>> memory_;
  std::vector<std::byte*> tensors_;               // device pointer by TensorId
  std::vector<std::vector<std::byte>> staging_;   // host copy by TensorId where device memory is not host memory
  std::byte* workspace_ = nullptr;
  std::vector<Bound> bound_;
};

}  // namespace impasto
