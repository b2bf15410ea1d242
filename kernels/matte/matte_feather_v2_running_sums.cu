// matte_feather v2, running sums: the formula of matte_feather.h, a thread walks down a part of a column.
//
// Against v1: from one pixel to the next a box gains one sample and loses one, so its sum is kept instead of made anew.
// Only walks down are fast (a warp's 32 columns are neighbours in memory), so the picture is turned for the passes
// across: transposed, three passes, transposed, three passes. It costs two more launches, and threads: one for each
// `steps` pixels.
//
//   x [h,w] --transpose--> [w,h] --3 passes down--> [w,h] --transpose--> [h,w] --3 passes down--> y
//
//   pass:  column:  0 1 2 .. 31      thread (column, part): sum of the first box, then   sum += entering - leaving
//          part 0   v v v    v
//          part 1   v v v    v       transpose: a tile of 32 x 32 in shared memory, read by rows, written by columns;
//                                    its rows are 33 long, so that a column lies in 32 banks
//
// Thread t of block (b, c, n) walks column 128 b + t, part c, of map n. In a transposition a thread moves four values
// of a tile.
//
// Integer operations: some 6 (22 + 2 reach / steps) H W. Bytes loaded by the threads: (8 + 48 + 48 reach / steps) H W,
// against 8 H W that have to move. Shared-memory conflict factor: 1.
// Needs: x below 2^31 elements.
#include "kernels/matte/matte_feather_box.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;
constexpr int kLeastSteps = 32;
constexpr int kTile = 32;
constexpr int kTileRows = 8;  // that a block moves at once

struct Tile {
  unsigned v[kTile][kTile + 1];
};

template <typename From>
__global__ void __launch_bounds__(kTile* kTileRows)
    matte_feather_v2_transpose(int h, int w, const From* __restrict__ x, unsigned* __restrict__ turned) {
  auto& tile = shared_memory<Tile>();
  x += blockIdx.z * static_cast<unsigned>(h * w);
  turned += blockIdx.z * static_cast<unsigned>(h * w);
  const int lane = static_cast<int>(threadIdx.x);
  const int first_x = static_cast<int>(blockIdx.x) * kTile;
  const int first_y = static_cast<int>(blockIdx.y) * kTile;
  for (int j = static_cast<int>(threadIdx.y); j < kTile; j += kTileRows) {
    if (first_x + lane < w && first_y + j < h) tile.v[j][lane] = to_whole(x[(first_y + j) * w + first_x + lane]);
  }
  __syncthreads();
  for (int j = static_cast<int>(threadIdx.y); j < kTile; j += kTileRows) {
    if (first_x + j < w && first_y + lane < h) turned[(first_x + j) * h + first_y + lane] = tile.v[lane][j];
  }
}

template <typename To>
__global__ void __launch_bounds__(kThreads)
    matte_feather_v2_pass(Box box, int h, int w, int steps, const unsigned* __restrict__ x, To* __restrict__ y) {
  const int column = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (column >= w) return;
  x += blockIdx.z * static_cast<unsigned>(h * w);
  y += blockIdx.z * static_cast<unsigned>(h * w);
  const int begin = static_cast<int>(blockIdx.y) * steps;
  const int end = begin + steps < h ? begin + steps : h;
  const auto sample = [&](int row) {
    const int inside = row < 0 ? 0 : row < h ? row : h - 1;
    return static_cast<unsigned long long>(x[inside * w + column]);
  };
  unsigned long long whole = 0;
  for (int row = begin - box.reach; row <= begin + box.reach; ++row) whole += sample(row);
  unsigned long long before = sample(begin - box.reach - 1);
  for (int row = begin; row < end; ++row) {
    const unsigned long long first = sample(row - box.reach);
    const unsigned long long after = sample(row + box.reach + 1);
    put_whole(y + row * w + column, box.mean(whole, before + after));
    whole += after - first;
    before = first;
  }
}

template <typename From>
void transpose(int n, int h, int w, const From* x, unsigned* turned, Stream stream) {
  launch(stream, dim3(blocks_for(w, kTile), blocks_for(h, kTile), n), dim3(kTile, kTileRows), sizeof(Tile),
         kernel<matte_feather_v2_transpose<From>>, h, w, x, turned);
}

// Where a box is long, so are the parts, or their first sums would cost more than the walk.
template <typename To>
void pass(const Box& box, int n, int h, int w, const unsigned* x, To* y, Stream stream) {
  const int steps = box.reach > kLeastSteps ? box.reach : kLeastSteps;
  launch(stream, dim3(blocks_for(w, kThreads), blocks_for(h, steps), n), dim3(kThreads), 0,
         kernel<matte_feather_v2_pass<To>>, box, h, w, steps, x, y);
}

}  // namespace

void matte_feather_v2_launch(const MatteFeatherProblem& d, const MatteFeatherArgs& args, Stream stream) {
  require_32_bit_indices("matte_feather", {{"x", 1.0 * d.n * d.h * d.w}});
  const Box box(d);
  auto* a = static_cast<unsigned*>(args.workspace);
  unsigned* b = a + d.n * d.h * d.w;
  transpose(d.n, d.h, d.w, args.x, a, stream);
  pass(box, d.n, d.w, d.h, a, b, stream);
  pass(box, d.n, d.w, d.h, b, a, stream);
  pass(box, d.n, d.w, d.h, a, b, stream);
  transpose<unsigned>(d.n, d.w, d.h, b, a, stream);
  pass(box, d.n, d.h, d.w, a, b, stream);
  pass(box, d.n, d.h, d.w, b, a, stream);
  pass(box, d.n, d.h, d.w, a, args.y, stream);
}

}  // namespace impasto::IMPASTO_TARGET
