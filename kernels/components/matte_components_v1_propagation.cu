// matte_components v1, propagation: every pixel takes the least label about it, until no label changes.
//
// Below it: the definition, matte_components_ref.cpp, with the flood filling of a region replaced by what all its
// pixels can do at once. How many rounds that takes depends on the picture (the longest way through a region), which a
// host that does not wait cannot know: so one block does them all. It costs rounds, each of them a look at every pixel
// and its 8 neighbours, and all multiprocessors but one.
//
//   0 1 . .      0 0 . .      0 0 . .      Labels begin as indices; least ones spread by one pixel a round, further
//   . . 6 .  ->  . . 1 .  ->  . . 0 .      where a thread happens to come by in their direction.
//
// Thread t of the block looks at pixels t, t + 256, ...
//
// Bytes loaded by the threads: 36 H W a round (holes: 20 H W). The rest as the steps of matte_components_steps.cu: 10
// loads or stores of a word a pixel for two levels, with nothing to sink.
// Needs: at most 65536 pixels, for one block is slow.
#include "kernels/components/matte_components_steps.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

struct Rounds {
  unsigned changed;
};

// The least label among a pixel's and its neighbours'.
__device__ unsigned least_about(const Components& c, const unsigned* label, int i) {
  const int y = i / c.w, x = i % c.w;
  unsigned least = kNoLabel;
  for (int j = y > 0 ? -1 : 0; j <= (y < c.h - 1 ? 1 : 0); ++j) {
    for (int k = x > 0 ? -1 : 0; k <= (x < c.w - 1 ? 1 : 0); ++k) {
      if (c.holes && j != 0 && k != 0) continue;
      const unsigned other = load_relaxed(label + (i + j * c.w + k));
      least = other < least ? other : least;
    }
  }
  return least;
}

__global__ void __launch_bounds__(kThreads)
    matte_components_v1_propagation(Components c, int level, const unsigned* gate, const float* __restrict__ x,
                                    unsigned* label, unsigned* tally) {
  if (is_closed(gate)) return;
  auto& rounds = shared_memory<Rounds>();
  const int first = static_cast<int>(threadIdx.x);
  for (int i = first; i < c.count; i += kThreads) {
    label[i] = component_level(c.holes, x[i]) >= level ? static_cast<unsigned>(i) : kNoLabel;
    tally[i] = 0;
  }
  for (bool done = false; !done;) {
    if (threadIdx.x == 0) rounds.changed = 0;
    __syncthreads();
    unsigned changed = 0;
    for (int i = first; i < c.count; i += kThreads) {
      const unsigned mine = load_relaxed(label + i);
      if (mine == kNoLabel) continue;
      const unsigned least = least_about(c, label, i);
      if (least < mine) {
        store_relaxed(label + i, least);
        changed = 1;
      }
    }
    if (changed != 0) atomicOr(&rounds.changed, changed);
    __syncthreads();
    done = rounds.changed == 0;
    __syncthreads();
  }
}

void label_by_propagation(const ComponentsStep& s, int level, const unsigned* gate) {
  launch(s.stream, dim3(1), dim3(kThreads), sizeof(Rounds), kernel<matte_components_v1_propagation>, s.components,
         level, gate, s.x, s.memory.label, s.memory.tally);
}

}  // namespace

void matte_components_v1_launch(const MatteComponentsProblem& d, const MatteComponentsArgs& args, Stream stream) {
  components_launch(d, args, stream, label_by_propagation, components_count);
}

}  // namespace impasto::IMPASTO_TARGET
