// matte_grow v2, windows: a disc is a stack of rows, and the largest value of a row's part is that of two windows.
//
// Against v1: maps are made of the largest of 2, 4, 8, ... values in a row, each from the one before; then any window
// of n is two of 2^floor(log2 n) that overlap, and a pixel looks at two values a row of the disc instead of all. It
// costs the maps.
//
//   x          a b c d e f g h
//   windows 2  ab bc cd de ef fg gh .          dy = -1:        # # #        largest of 3 = larger of two windows of 2
//   windows 4  a-d b-e c-f d-g e-h . . .       dy =  0:      # # * # #      largest of 5 = larger of two windows of 4
//
// Thread t of block b has pixel 256 b + t, in all launches.
//
// Bytes loaded by the threads: 8 (2 R + 2 + log2 R) H W, twice the first where the radius is no whole number.
// Needs: x and the maps together below 2^31 elements.
#include "kernels/matte/matte_grow.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

// Windows of 2 n values from those of n; where they would reach over the end of a row, nothing that is read.
__global__ void __launch_bounds__(kThreads)
    matte_grow_v2_double(Growth g, int n, const float* __restrict__ from, float* __restrict__ to) {
  const unsigned t = blockIdx.x * kThreads + threadIdx.x;
  if (t >= static_cast<unsigned>(g.h * g.w)) return;
  const int i = static_cast<int>(t);
  to[i] = i % g.w + 2 * n <= g.w ? g.extreme(from[i], from[i + n]) : 0.0F;
}

// maps: those of 2, 4, 8, ... values, one behind the other.
__global__ void __launch_bounds__(kThreads)
    matte_grow_v2_windows(Growth g, const float* __restrict__ x, const float* __restrict__ maps,
                          float* __restrict__ y) {
  const int count = g.h * g.w;
  const unsigned t = blockIdx.x * kThreads + threadIdx.x;
  if (t >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(t);
  const int row = i / g.w, column = i % g.w;
  const auto over_disc = [&](int radius) {
    float found = x[i];
    for (int j = -radius; j <= radius; ++j) {
      if (row + j < 0 || row + j >= g.h) continue;
      const int half_width = static_cast<int>(sqrtf(static_cast<float>(radius * radius - j * j)));
      const int first = column > half_width ? column - half_width : 0;
      const int last = column + half_width < g.w ? column + half_width : g.w - 1;
      const int power = 31 - __clz(last - first + 1);
      const float* line = (power == 0 ? x : maps + (power - 1) * count) + (row + j) * g.w;
      found = g.extreme(found, g.extreme(line[first], line[last + 1 - (1 << power)]));
    }
    return found;
  };
  const float smaller = over_disc(g.radius);
  y[i] = g.fraction > 0 ? g.mixed(smaller, over_disc(g.radius + 1)) : smaller;
}

// Of windows of 2, 4, ... values, as many as fit into the widest row of a disc and of the picture.
int map_count(const MatteGrowProblem& d) {
  const int widest = std::min(2 * Growth(d).reach() + 1, d.w);
  int maps = 0;
  while (2 << maps <= widest) ++maps;
  return maps;
}

}  // namespace

std::size_t matte_grow_v2_workspace(const MatteGrowProblem& d) {
  return sizeof(float) * static_cast<std::size_t>(map_count(d)) * static_cast<std::size_t>(d.h) *
         static_cast<std::size_t>(d.w);
}

void matte_grow_v2_launch(const MatteGrowProblem& d, const MatteGrowArgs& args, Stream stream) {
  const int maps = map_count(d);
  require_32_bit_indices("matte_grow", {{"x", 1.0 * d.h * d.w}, {"the workspace", 1.0 * maps * d.h * d.w}});
  const Growth g(d);
  const int count = d.h * d.w;
  const dim3 grid(blocks_for(count, kThreads));
  auto* windows = static_cast<float*>(args.workspace);
  for (int i = 0; i < maps; ++i) {
    const float* from = i == 0 ? args.x : windows + (i - 1) * count;
    launch(stream, grid, dim3(kThreads), 0, kernel<matte_grow_v2_double>, g, 1 << i, from, windows + i * count);
  }
  launch(stream, grid, dim3(kThreads), 0, kernel<matte_grow_v2_windows>, g, args.x, static_cast<const float*>(windows),
         args.y);
}

}  // namespace impasto::IMPASTO_TARGET
