// matte_components v2, union-find: regions are united pixel by pixel, by all threads at once.
//
// Against v1: labels are no longer carried from pixel to pixel but are a forest: a pixel's label is a pixel of the same
// region before it, a root's its own. Where two pixels touch, the greater of their roots gets the lesser as its label,
// by an atomic minimum, so that nothing is lost whoever comes first (matte_components_steps.h). There are no rounds: a
// grid for each of three launches. It costs atomics, up to 4 a pixel, and ways to the root.
//
//   begin         unite             flatten
//   0 1 . .       0 <- 1 . .        0 0 . .
//   . . 6 .       . .   \6 .        . . 0 .
//
// Thread t of block b has pixel 256 b + t.
//
// DRAM bytes a level: 24 H W, and what the ways to the roots cost.
// Needs: x below 2^31 elements.
#include "kernels/components/matte_components_steps.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    matte_components_v2_begin(Components c, int level, const unsigned* gate, const float* __restrict__ x,
                              unsigned* __restrict__ label, unsigned* __restrict__ tally) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (is_closed(gate) || i >= static_cast<unsigned>(c.count)) return;
  label[i] = component_level(c.holes, x[i]) >= level ? i : kNoLabel;
  tally[i] = 0;
}

__global__ void __launch_bounds__(kThreads)
    matte_components_v2_union_find(Components c, const unsigned* gate, unsigned* label) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (is_closed(gate) || i >= static_cast<unsigned>(c.count) || load_relaxed(label + i) == kNoLabel) return;
  const auto unite_with = [&](unsigned other) {
    if (load_relaxed(label + other) != kNoLabel) unite(label, i, other);
  };
  const int x = static_cast<int>(i) % c.w;
  const auto w = static_cast<unsigned>(c.w);
  if (x > 0) unite_with(i - 1);
  if (i < w) return;
  unite_with(i - w);
  if (c.holes) return;
  if (x > 0) unite_with(i - w - 1);
  if (x < c.w - 1) unite_with(i - w + 1);
}

__global__ void __launch_bounds__(kThreads)
    matte_components_v2_flatten(int count, const unsigned* gate, unsigned* label) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (is_closed(gate) || i >= static_cast<unsigned>(count) || load_relaxed(label + i) == kNoLabel) return;
  store_relaxed(label + i, find_root(label, i));
}

dim3 grid_of(const ComponentsStep& step) {
  return dim3(blocks_for(step.components.count, kThreads));
}

void label_by_union_find(const ComponentsStep& s, int level, const unsigned* gate) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<matte_components_v2_begin>, s.components, level, gate, s.x,
         s.memory.label, s.memory.tally);
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<matte_components_v2_union_find>, s.components, gate,
         s.memory.label);
  components_flatten(s, gate);
}

}  // namespace

void components_flatten(const ComponentsStep& s, const unsigned* gate) {
  launch(s.stream, grid_of(s), dim3(kThreads), 0, kernel<matte_components_v2_flatten>, s.components.count, gate,
         s.memory.label);
}

void matte_components_v2_launch(const MatteComponentsProblem& d, const MatteComponentsArgs& args, Stream stream) {
  components_launch(d, args, stream, label_by_union_find, components_count);
}

}  // namespace impasto::IMPASTO_TARGET
