// What the rungs of matte_components share: the order of work, all of it but how a level's regions are found, and
// union-find.
//
// Labels: each pixel of a level holds the index of a pixel of its region, in the end the least one (its root), where
// the region's tally lies; other pixels hold kNoLabel.
#pragma once

#include "kernels/common/atomics.h"
#include "kernels/components/matte_components.h"

namespace impasto::IMPASTO_TARGET {

inline constexpr unsigned kNoLabel = 0xFFFFFFFF;

// A problem as the kernels want it.
struct Components {
  int count, h, w;
  bool holes;
  unsigned need;
};

// What the steps hand on to each other, in the workspace. `mixed`: 1 if a region of level 1 holds both kinds of cores.
struct ComponentsMemory {
  unsigned* label;
  unsigned* tally;  // at a core's root: its pixels, or whether it touches the border; at others': kinds that it holds
  unsigned* mixed;
  unsigned char* kind;  // of the core that a pixel belongs to, or 0
};
inline constexpr unsigned kKept = 1, kDropped = 2;

[[nodiscard]] Components make_components(const MatteComponentsProblem& problem);  // throws if x is too large
[[nodiscard]] ComponentsMemory components_memory(const MatteComponentsProblem& problem, void* workspace);

// A step of a launch. With a gate it does nothing where that is 0.
struct ComponentsStep {
  Components components;
  ComponentsMemory memory;
  const float* x;
  float* y;
  Stream stream;
};
// Sums up the cores' tallies.
void components_count(const ComponentsStep& step);
// Says of the cores' pixels which kind they are, and makes y, with the cores that are not kept sunk.
void components_judge(const ComponentsStep& step);
// Collects the kinds of cores that each region holds.
void components_mark(const ComponentsStep& step, const unsigned* gate);
// Sinks the bad regions of a level.
void components_sink(const ComponentsStep& step, int level, const unsigned* gate);

// label(step, level, gate) labels a level and makes all tallies 0; count(step).
template <typename Label, typename Count>
void components_launch(const MatteComponentsProblem& problem, const MatteComponentsArgs& args, Stream stream,
                       const Label& label, const Count& count) {
  const ComponentsStep step{make_components(problem), components_memory(problem, args.workspace), args.x, args.y,
                            stream};
  label(step, kComponentLevels, nullptr);
  count(step);
  components_judge(step);
  for (int level = 1; level < kComponentLevels; ++level) {
    const unsigned* gate = level == 1 ? nullptr : step.memory.mixed;
    label(step, level, gate);
    components_mark(step, gate);
    components_sink(step, level, gate);
  }
}

[[nodiscard]] __device__ inline bool is_closed(const unsigned* gate) {
  return gate != nullptr && *gate == 0;
}

[[nodiscard]] __device__ inline bool on_border(const Components& c, int y, int x) {
  return y == 0 || x == 0 || y == c.h - 1 || x == c.w - 1;
}

// ---- Union-find, after Playne and Hawick (IEEE TPDS 29(6), 2018): a label only ever becomes less, so whoever looks
// may see an old one, but never one of another region
// ------------------------------------------------------------------

[[nodiscard]] __device__ inline unsigned find_root(const unsigned* label, unsigned i) {
  for (unsigned next = load_relaxed(label + i); next != i; next = load_relaxed(label + i)) i = next;
  return i;
}

__device__ inline void unite(unsigned* label, unsigned a, unsigned b) {
  for (;;) {
    a = find_root(label, a);
    b = find_root(label, b);
    if (a == b) return;
    if (a < b) {
      const unsigned greater = b;
      b = a;
      a = greater;
    }
    const unsigned before = atomicMin(label + a, b);
    if (before == a) return;
    a = before;  // it was no root any more: what it belongs to and b are one
  }
}

// v2's last step: each pixel's label becomes its root.
void components_flatten(const ComponentsStep& step, const unsigned* gate);

}  // namespace impasto::IMPASTO_TARGET
