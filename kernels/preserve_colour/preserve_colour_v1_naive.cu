// preserve_colour v1, naive: the formula of preserve_colour.h, one thread a pixel.
//
// Below it: nothing but the loops of preserve_colour_ref.cpp, which have become the grid. It costs requests: the three
// floats of a pixel are three loads, and the threads of a warp read 12 bytes apart.
//
//   S  r g b r g b r g b ...      thread t: load 1 reads r of pixel t, load 2 its g, load 3 its b:
//      ^     ^     ^              32 floats that lie in 384 bytes, so each load touches all 12 sectors of them
//
// Thread t of block b makes pixel 256 b + t.
//
// FLOPs: some 30 a pixel. DRAM bytes: 12 + 3 a pixel loaded, 12 stored.
//
// Needs: pictures of less than 2^31 samples.
#include "kernels/preserve_colour/preserve_colour.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    preserve_colour_v1_naive(PreserveColourProblem d, const float* __restrict__ painted,
                             const std::uint8_t* __restrict__ frame, float* __restrict__ y) {
  const unsigned pixel = blockIdx.x * kThreads + threadIdx.x;
  if (pixel >= static_cast<unsigned>(d.h) * d.w) return;
  const int i = static_cast<int>(pixel);
  const float* s = painted + 3 * (i / d.w * d.painted_w + i % d.w);
  const std::uint8_t* f = frame + 3 * i;
  const Colour c =
      recoloured(d, {s[0], s[1], s[2]}, {static_cast<float>(f[0]), static_cast<float>(f[1]), static_cast<float>(f[2])});
  y[3 * i] = c.r;
  y[3 * i + 1] = c.g;
  y[3 * i + 2] = c.b;
}

}  // namespace

void preserve_colour_v1_launch(const PreserveColourProblem& d, const PreserveColourArgs& args, Stream stream) {
  require_32_bit_indices(d);
  launch(stream, dim3(blocks_for(d.h * d.w, kThreads)), dim3(kThreads), 0, kernel<preserve_colour_v1_naive>, d,
         args.painted, args.frame, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
