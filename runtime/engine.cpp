#include "runtime/engine.h"

#include "runtime/error.h"

#include <algorithm>
#include <chrono>

namespace impasto {

namespace {

// ARENA_SEPARATE (sanitizer presets): each tensor has its own allocation, so that a stray access leaves it and is seen.
#ifdef ARENA_SEPARATE
constexpr bool kSeparate = true;
#else
constexpr bool kSeparate = false;
#endif

}  // namespace

Engine::Engine(Graph graph, Backend& backend) : graph_(std::move(graph)), backend_(backend) {
  for (const Node& node : graph_.nodes()) {
    if (!backend_.supports(node.precision)) {
      fail("{}: device {} has no {}", node.name, backend_.name(), to_string(node.precision));
    }
  }
  prepared_ = backend_.prepare(graph_);
  plan_ = plan_arena(graph_, prepared_.tensor_bytes);

  const auto count = static_cast<std::size_t>(graph_.tensor_count());
  std::byte* arena = kSeparate ? nullptr : allocate(plan_.bytes);
  tensors_.resize(count);
  staging_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = static_cast<TensorId>(i);
    const bool own = kSeparate || plan_.offsets[i] == ArenaPlan::kNotInArena;
    tensors_[i] = own ? allocate(prepared_.tensor_bytes[i]) : arena + plan_.offsets[i];
    if (!backend_.host_accessible() && (graph_.is_input(id) || graph_.is_output(id))) {
      staging_[i].resize(graph_.tensor(id).bytes());
    }
  }

  for (const auto& kernel : prepared_.kernels) {
    workspace_bytes_ = std::max(workspace_bytes_, kernel->workspace_bytes());
  }
  workspace_ = allocate(workspace_bytes_);

  const auto pointer = [&](TensorId id) { return id == kAbsent ? nullptr : tensors_[static_cast<std::size_t>(id)]; };
  for (const Node& node : graph_.nodes()) {
    Pointers& pointers = pointers_.emplace_back();
    for (const TensorId id : node.inputs) pointers.inputs.push_back(pointer(id));
    for (const TensorId id : node.outputs) pointers.outputs.push_back(pointer(id));
  }
}

std::byte* Engine::allocate(std::size_t bytes) {
  return memory_.emplace_back(backend_.allocate(std::max<std::size_t>(bytes, 1)))->data();
}

std::span<std::byte> Engine::host(TensorId id) {
  if (!graph_.is_input(id) && !graph_.is_output(id)) fail("{} is neither input nor output", graph_.tensor(id).name);
  const auto i = static_cast<std::size_t>(id);
  if (!backend_.host_accessible()) return staging_[i];
  return {tensors_[i], graph_.tensor(id).bytes()};
}

void Engine::run_node(std::size_t node) {
  prepared_.kernels[node]->run({pointers_[node].inputs, pointers_[node].outputs, workspace_});
}

void Engine::upload_inputs() {
  if (backend_.host_accessible()) return;
  for (const TensorId id : graph_.inputs()) {
    backend_.upload(tensors_[static_cast<std::size_t>(id)], staging_[static_cast<std::size_t>(id)]);
  }
}

void Engine::download_outputs() {
  if (!backend_.host_accessible()) {
    for (const TensorId id : graph_.outputs()) {
      backend_.download(staging_[static_cast<std::size_t>(id)], tensors_[static_cast<std::size_t>(id)]);
    }
  }
  backend_.synchronise();
}

void Engine::run() {
  upload_inputs();
  for (std::size_t node = 0; node < prepared_.kernels.size(); ++node) run_node(node);
  download_outputs();
}

void Engine::run(Profiler& profiler) {
  using Clock = std::chrono::steady_clock;
  upload_inputs();
  backend_.synchronise();
  for (std::size_t node = 0; node < prepared_.kernels.size(); ++node) {
    const Clock::time_point start = Clock::now();
    run_node(node);
    backend_.synchronise();
    profiler.record(node, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  download_outputs();
}

std::vector<NodeProfile> Engine::profile() const {
  std::vector<NodeProfile> nodes;
  for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
    const Node& node = graph_.nodes()[i];
    const Cost cost = graph_.cost(node);
    nodes.push_back({node.name,
                     std::string(op_name(node.op)),
                     std::string(prepared_.kernels[i]->name()),
                     std::string(to_string(node.precision)),
                     cost.flops,
                     cost.bytes,
                     {}});
  }
  return nodes;
}

}  // namespace impasto
