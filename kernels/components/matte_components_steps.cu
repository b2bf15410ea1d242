// The steps that all rungs of matte_components share: one thread a pixel each.
#include "kernels/components/matte_components_steps.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) components_count_pixels(Components c, ComponentsMemory m) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(c.count)) return;
  const unsigned root = m.label[i];
  if (root == kNoLabel) return;
  if (!c.holes) {
    atomicAdd(m.tally + root, 1U);
  } else if (on_border(c, static_cast<int>(i) / c.w, static_cast<int>(i) % c.w)) {
    store_relaxed(m.tally + root, 1U);
  }
}

__global__ void __launch_bounds__(kThreads)
    components_judge_cores(Components c, ComponentsMemory m, const float* __restrict__ x, float* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(c.count)) return;
  if (i == 0) *m.mixed = 0;
  const unsigned root = m.label[i];
  const unsigned kind = root == kNoLabel ? 0 : m.tally[root] >= c.need ? kKept : kDropped;
  m.kind[i] = static_cast<unsigned char>(kind);
  y[i] = kind == kDropped ? sunken_value(c.holes, kComponentLevels) : x[i];
}

__global__ void __launch_bounds__(kThreads)
    components_mark_regions(int count, const unsigned* gate, ComponentsMemory m) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (is_closed(gate) || i >= static_cast<unsigned>(count)) return;
  const unsigned kind = m.kind[i];
  if (kind == 0) return;  // else it belongs to a region of every level
  unsigned* holds = m.tally + m.label[i];
  if ((load_relaxed(holds) & kind) != 0) return;
  if ((atomicOr(holds, kind) | kind) == (kKept | kDropped) && gate == nullptr) store_relaxed(m.mixed, 1U);
}

__global__ void __launch_bounds__(kThreads)
    components_sink_regions(Components c, int level, const unsigned* gate, ComponentsMemory m, float* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (is_closed(gate) || i >= static_cast<unsigned>(c.count)) return;
  const unsigned root = m.label[i];
  if (root == kNoLabel) return;
  const unsigned holds = m.tally[root];
  if (level == 1 ? (holds & kKept) != 0 : holds != kDropped) return;
  const float value = sunken_value(c.holes, level);
  y[i] = c.holes ? fmaxf(y[i], value) : fminf(y[i], value);
}

dim3 grid_of(const ComponentsStep& step) {
  return dim3(blocks_for(step.components.count, kThreads));
}

}  // namespace

std::size_t matte_components_workspace(const MatteComponentsProblem& d) {
  const std::size_t pixels = static_cast<std::size_t>(d.h) * static_cast<std::size_t>(d.w);
  return (2 * pixels + 1) * sizeof(unsigned) + pixels;
}

Components make_components(const MatteComponentsProblem& d) {
  require_32_bit_indices("matte_components", {{"x", 1.0 * d.h * d.w}});
  return {d.h * d.w, d.h, d.w, d.holes, static_cast<unsigned>(std::min(needed_pixels(d), 4294967295.0))};
}

ComponentsMemory components_memory(const MatteComponentsProblem& d, void* workspace) {
  const std::size_t pixels = static_cast<std::size_t>(d.h) * static_cast<std::size_t>(d.w);
  auto* words = static_cast<unsigned*>(workspace);
  unsigned* mixed = words + 2 * pixels;
  return {words, words + pixels, mixed, reinterpret_cast<unsigned char*>(mixed + 1)};
}

void components_count(const ComponentsStep& s) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<components_count_pixels>, s.components, s.memory);
}

void components_judge(const ComponentsStep& s) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<components_judge_cores>, s.components, s.memory, s.x, s.y);
}

void components_mark(const ComponentsStep& s, const unsigned* gate) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<components_mark_regions>, s.components.count, gate, s.memory);
}

void components_sink(const ComponentsStep& s, int level, const unsigned* gate) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<components_sink_regions>, s.components, level, gate, s.memory,
         s.y);
}

}  // namespace impasto::IMPASTO_TARGET
