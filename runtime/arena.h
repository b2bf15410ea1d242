// Arena: an offset for every tensor by liveness, so that one allocation serves a whole run.
#pragma once

#include "runtime/graph.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace impasto {

struct ArenaPlan {
  // Offset in bytes of each tensor, by TensorId; kNotInArena for tensors that have memory of their own.
  static constexpr std::size_t kNotInArena = static_cast<std::size_t>(-1);
  std::vector<std::size_t> offsets;
  std::vector<std::size_t> workspaces;  // offsets, too, by node; kNotInArena for nodes without one
  std::size_t bytes = 0;
};

// What a graph's kernels want of the arena; backend.h says more.
struct ArenaNeeds {
  std::span<const std::size_t> tensor_bytes;                       // by TensorId
  std::span<const std::size_t> workspace_bytes = {};               // by node, or none
  std::span<const std::optional<std::size_t>> in_place_gaps = {};  // by node, or none
  bool with_ends = true;                                           // the graph's inputs and outputs too
};

// First node that touches a tensor and the last one, inclusive. Inputs live from node 0, outputs to the last node.
struct Lifetime {
  int first = 0;
  int last = -1;
};

[[nodiscard]] std::vector<Lifetime> lifetimes(const Graph& graph);

// Offsets are multiples of `alignment`. What lives at the same time never overlaps, but for a node's first input and
// output where the node works in place and nothing reads the input after it. Workspaces live as long as their node
// runs. Larger things are placed first, each at the lowest offset that is free during its whole life. Persistent
// tensors have memory of their own.
[[nodiscard]] ArenaPlan plan_arena(const Graph& graph, const ArenaNeeds& needs, std::size_t alignment = 64);

}  // namespace impasto
