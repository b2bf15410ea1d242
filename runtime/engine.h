// Engine: a Graph bound to memory and a backend. Construct once for a shape, run many frames without allocation.
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
  // The bytes behind the graph's weight views are read here and not afterwards; the backend must outlive the Engine.
  // Throws Error that names the node and its precision if the backend cannot run it.
  Engine(Graph graph, Backend& backend);

  // Host memory of a graph input (to be filled before run) or output (to be read after it), dense NHWC.
  [[nodiscard]] std::span<std::byte> host(TensorId id);

  // Runs all nodes. With a profiler, each node is waited for and timed.
  void run();
  void run(Profiler& profiler);
  // What a Profiler for this engine starts from.
  [[nodiscard]] std::vector<NodeProfile> profile() const;

  [[nodiscard]] const Graph& graph() const noexcept { return graph_; }
  [[nodiscard]] const ArenaPlan& arena() const noexcept { return plan_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

 private:
  struct Pointers {  // of a node, made once
    std::vector<std::byte*> inputs, outputs;
  };
  std::byte* allocate(std::size_t bytes);
  void run_node(std::size_t node);
  void upload_inputs();
  void download_outputs();

  Graph graph_;
  Backend& backend_;
  Prepared prepared_;
  ArenaPlan plan_;
  std::size_t workspace_bytes_ = 0;
  std::byte* workspace_ = nullptr;
  std::vector<std::unique_ptr<Memory>> memory_;
  std::vector<std::byte*> tensors_;  // device pointers by TensorId
  std::vector<std::vector<std::byte>>
      staging_;  // host copies of inputs and outputs where the host cannot reach the device's
  std::vector<Pointers> pointers_;
};

}  // namespace impasto
