#include "runtime/arena.h"

#include <algorithm>

namespace impasto {

namespace {

std::size_t round_up(std::size_t bytes, std::size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

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

namespace {

// One piece of the arena.
struct Block {
  std::size_t bytes = 0;
  Lifetime life;
  std::size_t offset = 0;
};

// Larger ones first, each at the lowest offset that is free during its whole life. Returns where the last one ends.
std::size_t place(std::vector<Block>& blocks, std::size_t alignment) {
  std::vector<Block*> order;
  for (Block& block : blocks) order.push_back(&block);
  std::ranges::stable_sort(order, [](const Block* a, const Block* b) { return a->bytes > b->bytes; });

  std::size_t end = 0;
  std::vector<const Block*> placed;  // by offset
  for (Block* block : order) {
    for (const Block* other : placed) {
      const bool meet = block->life.first <= other->life.last && other->life.first <= block->life.last;
      if (!meet) continue;
      if (block->offset + block->bytes <= other->offset) break;  // the gap before `other` is wide enough
      block->offset = std::max(block->offset, round_up(other->offset + other->bytes, alignment));
    }
    end = std::max(end, block->offset + block->bytes);
    placed.insert(std::ranges::upper_bound(placed, block->offset, {}, &Block::offset), block);
  }
  return end;
}

}  // namespace

ArenaPlan plan_arena(const Graph& graph, const ArenaNeeds& needs, std::size_t alignment) {
  const std::vector<Lifetime> lives = lifetimes(graph);
  const auto in_arena = [&](TensorId id) {
    return !graph.is_persistent(id) && (needs.with_ends || !(graph.is_input(id) || graph.is_output(id)));
  };

  // A block for each tensor, then one for each workspace.
  std::vector<Block> blocks;
  for (std::size_t id = 0; id < lives.size(); ++id) {
    blocks.push_back({in_arena(static_cast<TensorId>(id)) ? needs.tensor_bytes[id] : 0, lives[id]});
  }
  for (std::size_t node = 0; node < needs.workspace_bytes.size(); ++node) {
    const int now = static_cast<int>(node);
    blocks.push_back({needs.workspace_bytes[node], {now, now}});
  }
  // Inputs that lie in the block of an output, and so far from its beginning.
  struct Inside {
    std::size_t input, output, offset;
  };
  std::vector<Inside> insides;
  for (std::size_t i = 0; i < needs.in_place_gaps.size(); ++i) {
    if (!needs.in_place_gaps[i]) continue;
    const auto x = static_cast<std::size_t>(graph.nodes()[i].inputs.front());
    const auto y = static_cast<std::size_t>(graph.nodes()[i].outputs.front());
    const std::size_t gap = *needs.in_place_gaps[i];
    const bool dies = lives[x].last == static_cast<int>(i) && !graph.is_output(static_cast<TensorId>(x));
    const bool holds = std::ranges::find(insides, x, &Inside::output) != insides.end();  // another
    if (!dies || holds || blocks[x].bytes <= gap || blocks[x].bytes > blocks[y].bytes) continue;
    const std::size_t offset = round_up(blocks[y].bytes + gap - blocks[x].bytes, alignment);
    insides.push_back({x, y, offset});
    blocks[y] = {offset + blocks[x].bytes, {lives[x].first, lives[y].last}};
    blocks[x].bytes = 0;
  }

  ArenaPlan plan;
  plan.bytes = place(blocks, alignment);
  for (const Inside& inside : insides) blocks[inside.input].offset = blocks[inside.output].offset + inside.offset;
  for (std::size_t id = 0; id < lives.size(); ++id) {
    plan.offsets.push_back(in_arena(static_cast<TensorId>(id)) ? blocks[id].offset : ArenaPlan::kNotInArena);
  }
  for (std::size_t i = lives.size(); i < blocks.size(); ++i) {
    plan.workspaces.push_back(blocks[i].bytes > 0 ? blocks[i].offset : ArenaPlan::kNotInArena);
  }
  return plan;
}

}  // namespace impasto
