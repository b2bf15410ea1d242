// inspect v2, split: the extents of inspect.h, in two launches: of parts, then of those together.
//
// Against v1: the values are split over many blocks, so that few channels too fill the GPU, and a warp takes 32 values
// that lie together in memory, of whatever channel. It costs a workspace and a second launch.
//
//   x                       extents [parts,C]      y
//   | part 0 |  -- block -> | r g b | --+
//   | part 1 |  -- block -> | r g b | --+--> block -> r g b
//
// Thread t of a block takes values t, t + 192, t + 384, .. of its part: since C divides 192, all of them are of channel
// t mod C. The tree halves 192 threads to 12, which C divides too; thread c < C takes the rest of its channel. The
// second launch is the first one again, on the extents of the parts.
//
// Bytes: H W C values and a few extents. FLOPs: two comparisons a value. Needs: C = 1 or 3; x below 2^31 elements.
#include "kernels/inspect/inspect.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 192;
constexpr int kLast = 12;
constexpr int kPartValues = 32 * kThreads;

struct Extents {
  Extent at[kThreads];
};

__device__ inline void put(const Extent& e, int i, Extent* y) {
  y[i] = e;
}
__device__ inline void put(const Extent& e, int i, float* y) {
  store(e, i, y);
}

// y[i, c]: the extent of part i of x. `count` values (a multiple of C) in parts of `part`, a multiple of 192.
template <typename T, typename Y>
__global__ void __launch_bounds__(kThreads)
    inspect_v2_part(int count, int c, int part, const T* __restrict__ x, Y* __restrict__ y) {
  auto& s = shared_memory<Extents>();
  const int thread = static_cast<int>(threadIdx.x);
  const int begin = static_cast<int>(blockIdx.x) * part;
  const int end = count - begin < part ? count : begin + part;
  Extent mine;
#pragma unroll 4
  for (int i = begin + thread; i < end; i += kThreads) take(mine, extent_of(x[i]));
  s.at[thread] = mine;
  for (int half = kThreads / 2; half >= kLast; half /= 2) {
    __syncthreads();
    if (thread < half) take(s.at[thread], s.at[thread + half]);
  }
  __syncthreads();
  if (thread >= c) return;
  mine = s.at[thread];
  for (int other = thread + c; other < kLast; other += c) take(mine, s.at[other]);
  put(mine, static_cast<int>(blockIdx.x) * c + thread, y);
}

[[nodiscard]] int parts(const InspectProblem& d) {
  return blocks_for(d.values(), kPartValues);
}

template <typename T>
void launch_as(const InspectProblem& d, const InspectArgs& args, Stream stream) {
  auto* extents = static_cast<Extent*>(args.workspace);
  launch(stream, dim3(static_cast<unsigned>(parts(d))), dim3(kThreads), sizeof(Extents),
         kernel<inspect_v2_part<T, Extent>>, d.values(), d.c, kPartValues, static_cast<const T*>(args.x), extents);
  launch(stream, dim3(1), dim3(kThreads), sizeof(Extents), kernel<inspect_v2_part<Extent, float>>, parts(d) * d.c, d.c,
         blocks_for(parts(d) * d.c, kThreads) * kThreads, static_cast<const Extent*>(extents), args.y);
}

}  // namespace

std::size_t inspect_v2_workspace_bytes(const InspectProblem& d) {
  return static_cast<std::size_t>(parts(d)) * d.c * sizeof(Extent);
}

void inspect_v2_launch(const InspectProblem& d, const InspectArgs& args, Stream stream) {
  check_inspect(d);
  if (d.bytes) {
    launch_as<unsigned char>(d, args, stream);
  } else {
    launch_as<float>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
