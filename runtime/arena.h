// Arena: an offset for every tensor by liveness, so that one allocation serves a whole run.
#pragma once

#include "runtime/graph.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto {

struct ArenaPlan {
  // Offset in bytes of each tensor, by TensorId; kNotInArena for tensors that have memory of their own.
  static constexpr std::size_t kNotInArena = static_cast<std::size_t>(-1);
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;
};

// First node that touches a tensor and the last one, inclusive. Inputs live from node 0, outputs to the last node.
struct Lifetime {
  int first = 0;
  int last = -1;
};

[[nodiscard]] std::vector<Lifetime> lifetimes(const Graph& graph);

// `bytes[id]` is what the backend wants for tensor id. Offsets are multiples of `alignment`. Tensors whose lifetimes
// meet never overlap. Larger tensors are placed first, each at the lowest offset that is free during its whole life.
// Persistent tensors have memory of their own, and unless `with_ends`, the graph's inputs and outputs too.
[[nodiscard]] ArenaPlan plan_arena(const Graph& graph, std::span<const std::size_t> bytes, bool with_ends = true,
                                   std::size_t alignment = 64);

}  // namespace impasto
