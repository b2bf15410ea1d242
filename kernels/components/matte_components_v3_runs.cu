// matte_components v3, runs: what lies side by side in a row is one thing before anything is united.
//
// Against v2: a warp has 32 pixels of a row and asks by a ballot which of them belong to the level. Each then knows the
// first pixel of its run, which becomes its label without an atomic; rows are united only where two runs begin to
// touch, and a core's pixels are counted a run at a time. It costs warps that are part empty at the right edge.
//
//   row y - 1   . . # # # # # . # # .       ballot -> 00000001 10111110 ...
//   row y       . # # # # . # # # . .
//                   ^         ^ ^           unites: up, where not both left neighbours are there too; a diagonal only
//                                           where neither up is there nor the neighbour that would see it straight
//                                           above
//
// Thread (x, y) of block (p, q) has column 32 p + x of row 8 q + y.
//
// DRAM bytes a level: 24 H W, and what the ways to the roots cost.
// Needs: x below 2^31 elements.
#include "kernels/components/matte_components_steps.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kAll = 0xFFFFFFFF;
constexpr int kLanes = 32;
constexpr int kRows = 8;

// A thread's pixel. All lanes of a warp are in one row; beyond its end they take part in ballots and nothing else.
struct Place {
  int y, x;
  bool inside;
  unsigned i;

  __device__ explicit Place(const Components& c)
      : y(static_cast<int>(blockIdx.y * kRows + threadIdx.y)), x(static_cast<int>(blockIdx.x * kLanes + threadIdx.x)) {
    inside = y < c.h && x < c.w;
    i = inside ? static_cast<unsigned>(y * c.w + x) : 0;
  }
};

__global__ void __launch_bounds__(kLanes* kRows)
    matte_components_v3_begin(Components c, int level, const unsigned* gate, const float* __restrict__ x,
                              unsigned* __restrict__ label, unsigned* __restrict__ tally) {
  if (is_closed(gate)) return;
  const Place place(c);
  const bool taken = place.inside && component_level(c.holes, x[place.i]) >= level;
  const unsigned row = __ballot_sync(kAll, taken ? 1 : 0);
  if (!place.inside) return;
  const unsigned before = ~row & ((1U << threadIdx.x) - 1);  // gaps before this pixel
  const unsigned start = static_cast<unsigned>(kLanes - __clz(static_cast<int>(before)));
  label[place.i] = taken ? place.i - (threadIdx.x - start) : kNoLabel;
  tally[place.i] = 0;
}

__global__ void __launch_bounds__(kLanes* kRows)
    matte_components_v3_runs(Components c, const unsigned* gate, unsigned* label) {
  if (is_closed(gate)) return;
  const Place place(c);
  const unsigned i = place.i;
  const auto w = static_cast<unsigned>(c.w);
  const auto taken = [&](bool exists, unsigned pixel) { return exists && load_relaxed(label + pixel) != kNoLabel; };
  if (!taken(place.inside, i)) return;
  const bool left = taken(place.x > 0, i - 1);
  if (left && threadIdx.x == 0) unite(label, i, i - 1);
  const bool up = taken(place.y > 0, i - w);
  const bool up_left = taken(place.y > 0 && place.x > 0, i - w - 1);
  if (up && !(left && up_left)) unite(label, i, i - w);
  if (up || c.holes) return;
  if (up_left && !left) unite(label, i, i - w - 1);
  const bool last = place.x == c.w - 1;
  if (taken(place.y > 0 && !last, i - w + 1) && !taken(!last, i + 1)) unite(label, i, i - w + 1);
}

__global__ void __launch_bounds__(kLanes* kRows) matte_components_v3_count(Components c, ComponentsMemory m) {
  const Place place(c);
  const unsigned root = place.inside ? m.label[place.i] : kNoLabel;
  const unsigned row = __ballot_sync(kAll, root != kNoLabel ? 1 : 0);
  if (root == kNoLabel) return;
  if (c.holes) {
    if (on_border(c, place.y, place.x)) store_relaxed(m.tally + root, 1U);
    return;
  }
  if (threadIdx.x > 0 && (row >> (threadIdx.x - 1) & 1) != 0) return;  // no first of a run
  const int gap = __ffs(static_cast<int>(~(row >> threadIdx.x)));      // counted from 1; 0: none up to the last lane
  atomicAdd(m.tally + root, static_cast<unsigned>(gap == 0 ? kLanes : gap - 1));
}

dim3 grid_of(const ComponentsStep& step) {
  return dim3(blocks_for(step.components.w, kLanes), blocks_for(step.components.h, kRows));
}

void label_by_runs(const ComponentsStep& s, int level, const unsigned* gate) {
  const dim3 block(kLanes, kRows);
  launch(s.stream, grid_of(s), block, 0, kernel<matte_components_v3_begin>, s.components, level, gate, s.x,
         s.memory.label, s.memory.tally);
  launch(s.stream, grid_of(s), block, 0, kernel<matte_components_v3_runs>, s.components, gate, s.memory.label);
  components_flatten(s, gate);
}

void count_runs(const ComponentsStep& s) {
  const dim3 block(kLanes, kRows);
  launch(s.stream, grid_of(s), block, 0, kernel<matte_components_v3_count>, s.components, s.memory);
}

}  // namespace

void matte_components_v3_launch(const MatteComponentsProblem& d, const MatteComponentsArgs& args, Stream stream) {
  components_launch(d, args, stream, label_by_runs, count_runs);
}

}  // namespace impasto::IMPASTO_TARGET
