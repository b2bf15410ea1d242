// global_average v2, split: the mean of global_average.h, in two launches: sums of parts, then the sums of those.
//
// Against v1: the pixels are split over many blocks, so that few channels too fill the GPU, and a warp takes 32
// neighbouring channels of a pixel, which lie together in memory. It costs a workspace and a second launch.
//
//   x of a picture             sums [parts,C]        y [C]
//   +-- C ---+                 +-----+
//   | part 0 |  -- block(s) -> | sum | --+
//   +--------+                 +-----+   +-> block(s) -> mean
//   | part 1 |  -- block(s) -> | sum | --+
//   +--------+                 +-----+
//
// In both launches thread t of block (i, g, n) takes channel 32 g + t % 32 and row t / 32 of eight: of part i's pixels,
// then of the parts, it adds up every eighth; the eight sums of a channel are added up in shared memory.
//
// Bytes: N H W C values and a few sums. FLOPs: N H W C. Needs: x below 2^31 elements.
#include "kernels/pool/global_average.h"
#include "kernels/pool/global_average_rows.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kWidth = 32;
constexpr int kRows = 8;
constexpr int kThreads = kWidth * kRows;
constexpr int kPartPixels = 256;

struct Sums {
  float at[kThreads];
};

// y[n, i, c] = factor * the sum of x over part i of `part_rows` rows, of a tensor of `rows` rows of C values a picture.
template <typename T, typename Y>
__global__ void __launch_bounds__(kThreads)
    global_average_v2_sums(int rows, int c, int part_rows, float factor, const T* __restrict__ x, Y* __restrict__ y) {
  auto& s = shared_memory<Sums>();
  const int channel = static_cast<int>(blockIdx.y) * kWidth + static_cast<int>(threadIdx.x) % kWidth;
  const int n = static_cast<int>(blockIdx.z);
  const int begin = static_cast<int>(blockIdx.x) * part_rows;
  const int count = rows - begin < part_rows ? rows - begin : part_rows;
  const T* from = x + (n * rows + begin) * c + channel;
  float mine = 0;
  if (channel < c) {
#pragma unroll 4
    for (int row = static_cast<int>(threadIdx.x) / kWidth; row < count; row += kRows) mine += to_float(from[row * c]);
  }
  const float sum = add_rows(s.at, kWidth, mine);
  const int part = n * static_cast<int>(gridDim.x) + static_cast<int>(blockIdx.x);
  if (threadIdx.x < kWidth && channel < c) y[part * c + channel] = from_float<Y>(sum * factor);
}

[[nodiscard]] int parts(const GlobalAverageProblem& d) {
  return blocks_for(d.pixels(), kPartPixels);
}

template <typename T>
void launch_as(const GlobalAverageProblem& d, const GlobalAverageArgs& args, Stream stream) {
  const auto grid = [&](int x) {
    return dim3(static_cast<unsigned>(x), static_cast<unsigned>(blocks_for(d.c, kWidth)), static_cast<unsigned>(d.n));
  };
  auto* sums = static_cast<float*>(args.workspace);
  launch(stream, grid(parts(d)), dim3(kThreads), sizeof(Sums), kernel<global_average_v2_sums<T, float>>, d.pixels(),
         d.c, kPartPixels, 1.0F, static_cast<const T*>(args.x), sums);
  launch(stream, grid(1), dim3(kThreads), sizeof(Sums), kernel<global_average_v2_sums<float, T>>, parts(d), d.c,
         parts(d), 1.0F / static_cast<float>(d.pixels()), static_cast<const float*>(sums), static_cast<T*>(args.y));
}

}  // namespace

std::size_t global_average_v2_workspace_bytes(const GlobalAverageProblem& d) {
  return static_cast<std::size_t>(d.n) * parts(d) * d.c * sizeof(float);
}

void global_average_v2_launch(const GlobalAverageProblem& d, const GlobalAverageArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
