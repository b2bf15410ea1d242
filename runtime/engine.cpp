#include "runtime/engine.h"

#include "runtime/error.h"
#include "runtime/fuse.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace impasto {

namespace {

// ARENA_SEPARATE (sanitizer presets): each tensor has its own allocation, so that a stray access leaves it and is seen,
// and is poisoned as long as it holds nothing.
#ifdef ARENA_SEPARATE
constexpr bool kSeparate = true;
#else
constexpr bool kSeparate = false;
#endif

constexpr std::byte kPoison{0xFF};  // NaN in every float type

std::size_t position(std::span<const TensorId> list, TensorId id) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), id) - list.begin());
}

// By node: the tensors whose last reader it is.
std::vector<std::vector<TensorId>> dying_tensors(const Graph& graph) {
  std::vector<std::vector<TensorId>> dead(graph.nodes().size());
  const std::vector<Lifetime> lives = lifetimes(graph);
  for (TensorId id = 0; id < graph.tensor_count(); ++id) {
    const int last = lives[static_cast<std::size_t>(id)].last;
    const bool dies = last >= 0 && !graph.is_output(id) && !graph.is_persistent(id);
    if (dies && !dead.empty()) dead[static_cast<std::size_t>(last)].push_back(id);
  }
  return dead;
}

}  // namespace

Engine::Engine(Graph graph, Backend& backend, int depth) : graph_(fuse(std::move(graph), backend)), backend_(backend) {
  for (const Node& node : graph_.nodes()) {
    if (!backend_.supports(node.precision)) {
      fail("{}: device {} has no {}", node.name, backend_.name(), to_string(node.precision));
    }
  }
  const auto slots = backend_.host_accessible() ? std::size_t{1} : static_cast<std::size_t>(std::max(depth, 1));
  try {
    prepared_ = backend_.prepare(graph_);
    std::vector<std::size_t> workspaces;
    std::vector<std::optional<std::size_t>> gaps;
    for (const auto& kernel : prepared_.kernels) {
      workspaces.push_back(kernel->workspace_bytes());
      gaps.push_back(kernel->in_place_gap());
      workspace_bytes_ = std::max(workspace_bytes_, workspaces.back());
    }
    plan_ = plan_arena(graph_, {prepared_.tensor_bytes, workspaces, gaps, backend_.host_accessible()});
    allocate_shared();
    while (slots_.size() < slots) slots_.push_back(make_slot());
  } catch (const std::bad_alloc&) {
    fail("not enough memory on {} ({}): {}", backend_.name(), backend_.device_name(), memory_text(slots));
  }
}

// Whether each slot has this tensor to itself.
bool Engine::is_own(TensorId id) const {
  return !backend_.host_accessible() && (graph_.is_input(id) || graph_.is_output(id));
}

std::byte* Engine::allocate(std::size_t bytes) {
  return memory_.emplace_back(backend_.allocate(std::max<std::size_t>(bytes, 1)))->data();
}

void Engine::allocate_shared() {
  std::byte* arena = kSeparate ? nullptr : allocate(plan_.bytes);
  shared_.resize(static_cast<std::size_t>(graph_.tensor_count()));
  for (std::size_t i = 0; i < shared_.size(); ++i) {
    if (is_own(static_cast<TensorId>(i))) continue;
    const bool alone = kSeparate || plan_.offsets[i] == ArenaPlan::kNotInArena;
    shared_[i] = alone ? allocate(prepared_.tensor_bytes[i]) : arena + plan_.offsets[i];
    if (graph_.is_state(static_cast<TensorId>(i))) {
      backend_.fill(shared_[i], std::byte{0}, prepared_.tensor_bytes[i]);
    } else if (kSeparate) {
      backend_.fill(shared_[i], kPoison, prepared_.tensor_bytes[i]);
    }
  }
  std::byte* workspace = kSeparate ? allocate(workspace_bytes_) : nullptr;
  for (const std::size_t offset : plan_.workspaces) {
    const bool own = kSeparate || offset == ArenaPlan::kNotInArena;
    workspaces_.push_back(own ? workspace : arena + offset);
  }
  if (kSeparate) dead_ = dying_tensors(graph_);
  if (backend_.host_accessible()) return;
  for (const TensorId id : graph_.inputs()) {
    persistent_.emplace_back(graph_.is_persistent(id) ? graph_.tensor(id).bytes() : 0);
  }
}

Engine::Slot Engine::make_slot() {
  Slot slot;
  slot.tensors = shared_;
  for (TensorId id = 0; id < graph_.tensor_count(); ++id) {
    if (is_own(id)) slot.tensors[static_cast<std::size_t>(id)] = allocate(graph_.tensor(id).bytes());
  }
  const auto end = [&](TensorId id) {
    const std::size_t bytes = graph_.tensor(id).bytes();
    std::byte* device = slot.tensors[static_cast<std::size_t>(id)];
    if (!is_own(id)) return End{device, {device, bytes}};
    return End{device, {memory_.emplace_back(backend_.allocate_host(bytes))->data(), bytes}};
  };
  for (const TensorId id : graph_.inputs()) slot.inputs.push_back(end(id));
  for (const TensorId id : graph_.outputs()) slot.outputs.push_back(end(id));
  slot.stale.assign(slot.inputs.size(), true);

  const auto pointer = [&](TensorId id) {
    return id == kAbsent ? nullptr : slot.tensors[static_cast<std::size_t>(id)];
  };
  for (const Node& node : graph_.nodes()) {
    Pointers& pointers = slot.nodes.emplace_back();
    for (const TensorId id : node.inputs) pointers.inputs.push_back(pointer(id));
    for (const TensorId id : node.outputs) pointers.outputs.push_back(pointer(id));
  }
  slot.flight = backend_.make_flight(graph_.nodes().size() + 1);
  return slot;
}

std::span<std::byte> Engine::host(TensorId id) {
  const bool is_input = graph_.is_input(id);
  if (!is_input && !graph_.is_output(id)) fail("{} is neither input nor output", graph_.tensor(id).name);
  if (!is_input) return slots_[collected_].outputs[position(graph_.outputs(), id)].host;
  const std::size_t input = position(graph_.inputs(), id);
  if (backend_.host_accessible() || !graph_.is_persistent(id)) return slots_[next_].inputs[input].host;
  for (Slot& slot : slots_) slot.stale[input] = true;
  return persistent_[input];
}

void Engine::upload_inputs(Slot& slot) {
  if (backend_.host_accessible()) return;
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    const End& end = slot.inputs[i];
    if (!persistent_[i].empty()) {
      if (!slot.stale[i]) continue;
      std::memcpy(end.host.data(), persistent_[i].data(), end.host.size());
      slot.stale[i] = false;
    }
    slot.flight->upload(end.device, end.host);
  }
}

void Engine::run_nodes(const Slot& slot) {
  if (slot.profiler != nullptr) slot.flight->lap();
  for (std::size_t node = 0; node < slot.nodes.size(); ++node) {
    prepared_.kernels[node]->run({slot.nodes[node].inputs, slot.nodes[node].outputs, workspaces_[node]});
    if (slot.profiler != nullptr) slot.flight->lap();
    if (!kSeparate) continue;
    for (const TensorId id : dead_[node]) {
      const auto i = static_cast<std::size_t>(id);
      backend_.fill(slot.tensors[i], kPoison, is_own(id) ? graph_.tensor(id).bytes() : prepared_.tensor_bytes[i]);
    }
  }
}

void Engine::submit(Profiler* profiler) {
  if (under_way_ == slots_.size()) fail("{} runs are under way, expected less", under_way_);
  Slot& slot = slots_[next_];
  slot.profiler = profiler;
  upload_inputs(slot);
  const auto nodes = [this, &slot] { run_nodes(slot); };
  if (profiler == nullptr) {
    slot.flight->compute(nodes);
  } else {
    slot.flight->compute_timed(nodes);
  }
  if (!backend_.host_accessible()) {
    for (const End& end : slot.outputs) slot.flight->download(end.host, end.device);
  }
  next_ = (next_ + 1) % slots_.size();
  ++under_way_;
}

void Engine::collect() {
  if (under_way_ == 0) fail("no run is under way");
  collected_ = (next_ + slots_.size() - under_way_) % slots_.size();
  const Slot& slot = slots_[collected_];
  slot.flight->wait();
  if (slot.profiler != nullptr) {
    for (std::size_t node = 0; node < slot.nodes.size(); ++node) slot.profiler->record(node, slot.flight->lap_ms(node));
  }
  // One run after the other uses one slot only.
  if (--under_way_ == 0) next_ = 0;
}

std::string Engine::memory_text(std::size_t depth) const {
  double weights = 0;
  for (const Node& node : graph_.nodes()) {
    for (const WeightView& weight : node.weights) {
      weights += static_cast<double>(weight.empty() ? 0 : weight.count()) *
                 static_cast<double>(size_of(activation_dtype(node.precision)));
    }
  }
  double ends = 0;
  double states = 0;
  for (TensorId id = 0; id < graph_.tensor_count(); ++id) {
    if (graph_.is_state(id)) states += static_cast<double>(graph_.tensor(id).bytes());
    if (is_own(id)) ends += static_cast<double>(depth * graph_.tensor(id).bytes());
  }
  const auto mib = [](double bytes) { return bytes / (1 << 20); };
  std::string text =
      fmt::format("arena {:.1f} MiB (workspace {:.1f} MiB), weights {:.1f} MiB", mib(static_cast<double>(plan_.bytes)),
                  mib(static_cast<double>(workspace_bytes_)), mib(weights));
  if (states > 0) text += fmt::format(", states {:.1f} MiB", mib(states));
  if (ends > 0)
    text += fmt::format(", inputs and outputs {0:.1f} MiB, staged in {0:.1f} MiB of host memory", mib(ends));
  return text;
}

std::vector<NodeProfile> Engine::profile() const {
  std::vector<NodeProfile> nodes;
  for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
    const Node& node = graph_.nodes()[i];
    const Cost cost = graph_.cost(node);
    nodes.push_back({node.name,
                     std::string(op_name(node.op)),
                     std::string(prepared_.kernels[i]->name()),
                     node.precision,
                     cost.flops,
                     cost.bytes,
                     {}});
  }
  return nodes;
}

}  // namespace impasto
