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
  // Runs the graph as fuse() makes it for the backend; ids of inputs and outputs stay.
  // Up to `depth` runs are under way at a time on a device that works beside the host, so that copies overlap with
  // computing; on others it is one, whatever is asked for. Throws Error that names the node and its precision if the
  // backend cannot run it, or says what memory is needed if there is not enough.
  Engine(Graph graph, Backend& backend, int depth = 1);

  // Host memory, dense NHWC. Of a graph input, it belongs to the next run and is to be filled before it begins; a
  // persistent input keeps its value, and goes to the device when it has been asked for here since the last run. Of an
  // output, it has what the last collected run left, until the next run begins.
  [[nodiscard]] std::span<std::byte> host(TensorId id);

  // One run from begin to end. With a profiler, each node is timed.
  void run() {
    submit();
    collect();
  }
  void run(Profiler& profiler) {
    submit(&profiler);
    collect();
  }
  // The same in two steps. submit() begins a run, of which there may be depth() under way; collect() waits for the
  // oldest. Throw Error if the device fails.
  void submit(Profiler* profiler = nullptr);
  void collect();
  [[nodiscard]] int depth() const noexcept { return static_cast<int>(slots_.size()); }
  [[nodiscard]] int under_way() const noexcept { return static_cast<int>(under_way_); }

  // What a Profiler for this engine starts from.
  [[nodiscard]] std::vector<NodeProfile> profile() const;

  [[nodiscard]] const Graph& graph() const noexcept { return graph_; }
  [[nodiscard]] const ArenaPlan& arena() const noexcept { return plan_; }
  // Of the arena, what the node with the most wants for itself.
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

 private:
  struct Pointers {  // of a node, made once
    std::vector<std::byte*> inputs, outputs;
  };
  // A graph input or output: in device memory, and in the host memory that it is copied from or to.
  struct End {
    std::byte* device = nullptr;
    std::span<std::byte> host;
  };
  // What a run has to itself while others are under way.
  struct Slot {
    std::vector<std::byte*> tensors;  // device pointers by TensorId
    std::vector<Pointers> nodes;
    std::vector<End> inputs, outputs;  // as the graph lists them
    std::vector<bool> stale;           // by input: a persistent one has changed since this slot's last run
    std::unique_ptr<Flight> flight;
    Profiler* profiler = nullptr;
  };

  void allocate_shared();
  [[nodiscard]] Slot make_slot();
  std::byte* allocate(std::size_t bytes);
  [[nodiscard]] bool is_own(TensorId id) const;
  void upload_inputs(Slot& slot);
  void run_nodes(const Slot& slot);
  [[nodiscard]] std::string memory_text(std::size_t depth) const;

  Graph graph_;
  Backend& backend_;
  Prepared prepared_;
  ArenaPlan plan_;
  std::size_t workspace_bytes_ = 0;
  std::vector<std::byte*> workspaces_;       // by node
  std::vector<std::vector<TensorId>> dead_;  // by node: tensors that nothing reads after it, if they are poisoned then
  std::vector<std::unique_ptr<Memory>> memory_;
  std::vector<std::byte*> shared_;  // device pointers by TensorId; nullptr for what each slot has of its own
  std::vector<std::vector<std::byte>> persistent_;  // values by input, where the host cannot reach the device's memory
  std::vector<Slot> slots_;
  std::size_t next_ = 0;       // slot of the next run
  std::size_t under_way_ = 0;  // runs
  std::size_t collected_ = 0;  // slot of the last collected run
};

}  // namespace impasto
