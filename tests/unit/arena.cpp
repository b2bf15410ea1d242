#include "runtime/arena.h"

#include "tests/support.h"

using namespace impasto;

namespace {

std::vector<std::size_t> plain_bytes(const Graph& graph) {
  std::vector<std::size_t> bytes;
  for (TensorId id = 0; id < graph.tensor_count(); ++id) bytes.push_back(graph.tensor(id).bytes());
  return bytes;
}

// Largest sum of the bytes that live at one node: no plan can be smaller.
std::size_t least_bytes(const Graph& graph, const std::vector<std::size_t>& bytes) {
  const std::vector<Lifetime> lives = lifetimes(graph);
  std::size_t peak = 0;
  for (int node = 0; node < static_cast<int>(graph.nodes().size()); ++node) {
    std::size_t sum = 0;
    for (std::size_t id = 0; id < bytes.size(); ++id) {
      const bool live = lives[id].first <= node && node <= lives[id].last;
      if (live && !graph.is_persistent(static_cast<TensorId>(id))) sum += bytes[id];
    }
    peak = std::max(peak, sum);
  }
  return peak;
}

void require_no_overlap(const Graph& graph, const ArenaPlan& plan, const std::vector<std::size_t>& bytes) {
  const std::vector<Lifetime> lives = lifetimes(graph);
  for (std::size_t a = 0; a < bytes.size(); ++a) {
    if (plan.offsets[a] == ArenaPlan::kNotInArena) continue;
    REQUIRE(plan.offsets[a] % 64 == 0);
    REQUIRE(plan.offsets[a] + bytes[a] <= plan.bytes);
    for (std::size_t b = a + 1; b < bytes.size(); ++b) {
      if (plan.offsets[b] == ArenaPlan::kNotInArena) continue;
      const bool meet = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
      const bool overlap = plan.offsets[a] < plan.offsets[b] + bytes[b] && plan.offsets[b] < plan.offsets[a] + bytes[a];
      REQUIRE_FALSE((meet && overlap));
    }
  }
}

}  // namespace

TEST_CASE("arena: a chain of equal tensors takes the room of two") {
  Graph graph;
  TensorId x = graph.input("x", {1, 16, 16, 4}, DType::f32);
  for (int i = 0; i < 10; ++i) x = graph.append("c" + std::to_string(i), Convert{.scale = 2}, {x});
  graph.output(x);
  const auto bytes = plain_bytes(graph);
  const ArenaPlan plan = plan_arena(graph, {.tensor_bytes = bytes});
  require_no_overlap(graph, plan, bytes);
  REQUIRE(plan.bytes == 2 * 16 * 16 * 4 * sizeof(float));
}

TEST_CASE("arena: persistent inputs and states stay out; outputs live to the end, inputs from the start") {
  Graph graph;
  const TensorId style = graph.input("style", {1, 1, 1, 26}, DType::f32, true);
  const TensorId before = graph.state("before", {1, 8, 8, 1}, DType::f32);
  const TensorId x = graph.input("x", {1, 8, 8, 1}, DType::f32);
  const TensorId late = graph.input("late", {1, 8, 8, 1}, DType::f32);
  const TensorId a = graph.append("a", Convert{}, {x});
  const TensorId b = graph.append("b", Convert{}, {a});
  const TensorId c = graph.add("c", b, late);
  graph.output(a);
  graph.output(c);
  graph.store("keep", c, before);
  const auto bytes = plain_bytes(graph);
  const ArenaPlan plan = plan_arena(graph, {.tensor_bytes = bytes});
  const std::vector<Lifetime> lives = lifetimes(graph);
  REQUIRE(plan.offsets[static_cast<std::size_t>(style)] == ArenaPlan::kNotInArena);
  REQUIRE(plan.offsets[static_cast<std::size_t>(before)] == ArenaPlan::kNotInArena);
  REQUIRE(lives[static_cast<std::size_t>(a)].last == 3);
  REQUIRE(lives[static_cast<std::size_t>(late)].first == 0);
  require_no_overlap(graph, plan, bytes);
}

TEST_CASE("arena: random graphs never overlap and stay near the least that is possible") {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    Graph graph;
    std::vector<TensorId> ids{graph.input("x", {1, 4, 4, 8}, DType::f32)};
    for (int i = 0; i < 30; ++i) {
      const std::size_t back = 1 + random() % std::min<std::size_t>(4, ids.size());  // mostly the newest, as in nets
      const TensorId x = ids[ids.size() - back];
      switch (random() % 3) {
        case 0:
          ids.push_back(graph.append("r", Resize{Resize::Mode::bilinear, 1 + static_cast<int>(random() % 40), 5}, {x}));
          break;
        case 1:
          ids.push_back(graph.append("p", Pad{.mode = Pad::Mode::edge, .bottom = static_cast<int>(random() % 3)}, {x}));
          break;
        default:
          ids.push_back(graph.append("c", Convert{}, {x}));
      }
    }
    graph.output(ids.back());
    const auto bytes = plain_bytes(graph);
    const ArenaPlan plan = plan_arena(graph, {.tensor_bytes = bytes});
    require_no_overlap(graph, plan, bytes);
    const std::size_t least = least_bytes(graph, bytes);
    REQUIRE(plan.bytes >= least);
    REQUIRE(plan.bytes <= least * 2);
  }
}

TEST_CASE("arena: a workspace has the room that no tensor needs while its node runs") {
  Graph graph;
  TensorId x = graph.input("x", {1, 16, 16, 4}, DType::f32);
  x = graph.append("large", Resize{Resize::Mode::nearest, 32, 32}, {x});
  x = graph.append("small", Resize{Resize::Mode::bilinear, 4, 4}, {x});
  x = graph.append("last", Convert{}, {x});
  graph.output(x);
  const auto bytes = plain_bytes(graph);
  const std::size_t least = plan_arena(graph, {.tensor_bytes = bytes}).bytes;
  const std::vector<std::size_t> workspaces{0, 64, 4096};
  const ArenaPlan plan = plan_arena(graph, {.tensor_bytes = bytes, .workspace_bytes = workspaces});
  require_no_overlap(graph, plan, bytes);
  CHECK(plan.workspaces[0] == ArenaPlan::kNotInArena);
  CHECK(plan.bytes == least);
  for (std::size_t node = 1; node < workspaces.size(); ++node) {
    const std::size_t begin = plan.workspaces[node];
    const std::size_t end = begin + workspaces[node];
    CHECK(begin % 64 == 0);
    CHECK(end <= plan.bytes);
    for (const auto& ids : {graph.nodes()[node].inputs, graph.nodes()[node].outputs}) {
      const auto id = static_cast<std::size_t>(ids.front());
      CHECK((end <= plan.offsets[id] || plan.offsets[id] + bytes[id] <= begin));
    }
  }
}

TEST_CASE("arena: an input lies behind the output that takes its memory, if nothing reads it later") {
  Graph graph;
  const TensorId x = graph.input("x", {1, 16, 16, 4}, DType::f32);
  const TensorId a = graph.append("a", Convert{}, {x});
  const TensorId b = graph.append("b", Convert{}, {a});  // in place
  const TensorId c = graph.append("c", Convert{}, {b});  // would be, but b is read again
  const TensorId d = graph.add("d", b, c);
  const TensorId e = graph.append("e", Convert{}, {d});  // would be, but d is an output
  graph.output(d);
  graph.output(e);
  const auto bytes = plain_bytes(graph);
  const std::size_t each = bytes[static_cast<std::size_t>(x)];
  const auto offset = [](const ArenaPlan& plan, TensorId id) { return plan.offsets[static_cast<std::size_t>(id)]; };
  for (const std::size_t gap : {std::size_t{0}, std::size_t{100}}) {
    const std::vector<std::optional<std::size_t>> gaps{std::nullopt, gap, gap, std::nullopt, gap};
    const ArenaPlan plan = plan_arena(graph, {.tensor_bytes = bytes, .in_place_gaps = gaps});
    INFO("gap " << gap);
    CHECK(offset(plan, a) == offset(plan, b) + (gap + 63) / 64 * 64);
    CHECK(offset(plan, c) != offset(plan, b));
    CHECK(offset(plan, e) != offset(plan, d));
  }
  // A gap as large as the input saves nothing.
  const std::vector<std::optional<std::size_t>> gaps{std::nullopt, each, each, std::nullopt, each};
  CHECK(plan_arena(graph, {.tensor_bytes = bytes, .in_place_gaps = gaps}).offsets ==
        plan_arena(graph, {.tensor_bytes = bytes}).offsets);
}
