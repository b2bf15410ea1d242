#include "runtime/arena.h"

#include <algorithm>
#include <numeric>

namespace impasto {

std::vector<Lifetime> lifetimes(const Graph& graph) {
  const int last_node = static_cast<int>(graph.nodes().size()) - 1;
  std::vector<Lifetime> lives(static_cast<std::size_t>(graph.tensor_count()), Lifetime{last_node + 1, -1});
  const auto touch = [&](TensorId id, int node) {
    if (id == kAbsent) return;
    Lifetime& life = lives[static_cast<std::size_t>(id)];
    life.first = std::min(life.first, node);
    life.last = std::max(life.last, node);
  };
  for (int i = 0; i <= last_node; ++i) {
    const Node& node = graph.nodes()[static_cast<std::size_t>(i)];
    for (const TensorId id : node.inputs) touch(id, i);
    for (const TensorId id : node.outputs) touch(id, i);
  }
  // Inputs are filled before the first node runs, outputs are read after the last.
  for (const TensorId id : graph.inputs()) touch(id, 0);
  for (const TensorId id : graph.outputs()) touch(id, std::max(0, last_node));
  return lives;
}

ArenaPlan plan_arena(const Graph& graph, std::span<const std::size_t> bytes, bool with_ends, std::size_t alignment) {
  const std::vector<Lifetime> lives = lifetimes(graph);
  const auto count = static_cast<std::size_t>(graph.tensor_count());
  const auto round_up = [&](std::size_t n) { return (n + alignment - 1) / alignment * alignment; };

  ArenaPlan plan;
  plan.offsets.assign(count, ArenaPlan::kNotInArena);

  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) {
    const auto id = static_cast<TensorId>(i);
    return graph.is_persistent(id) || (!with_ends && (graph.is_input(id) || graph.is_output(id)));
  });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return bytes[a] > bytes[b]; });

  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t id : order) {
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      const bool meet = lives[id].first <= lives[other].last && lives[other].first <= lives[id].last;
      if (!meet) continue;
      if (offset + bytes[id] <= plan.offsets[other]) break;  // the gap before `other` is wide enough
      offset = std::max(offset, round_up(plan.offsets[other] + bytes[other]));
    }
    plan.offsets[id] = offset;
    plan.bytes = std::max(plan.bytes, offset + bytes[id]);
    const auto place =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](std::size_t value, std::size_t other) { return value < plan.offsets[other]; });
    placed.insert(place, id);
  }
  return plan;
}

}  // namespace impasto
