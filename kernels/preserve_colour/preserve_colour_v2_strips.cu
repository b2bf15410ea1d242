// preserve_colour v2, strips: the formula of preserve_colour.h, one thread four pixels of a row.
//
// Against v1: four pixels are twelve floats, three loads of 16 bytes, and twelve bytes of the frame, three of 4; so is
// what is stored (plane_strips.h). Rows that do not begin on such a multiple are read one by one, as in v1. It costs
// registers, and three quarters of the threads, which a small picture would miss.
//
//   S  |r g b r|g b r g|b r g b|      one thread
//       16 bytes 16      16
//
// Thread i makes strip i % strips of row i / strips: neighbours in a warp make neighbouring strips.
//
// FLOPs: some 30 a pixel. DRAM bytes: 12 + 3 a pixel loaded, 12 stored.
//
// Needs: pictures of less than 2^31 samples. Any width and alignment.
#include "kernels/common/plane_strips.h"
#include "kernels/preserve_colour/preserve_colour.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;

__global__ void __launch_bounds__(kThreads)
    preserve_colour_v2_strips(PreserveColourProblem d, int strips, const float* __restrict__ painted,
                              const std::uint8_t* __restrict__ frame, float* __restrict__ y) {
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= static_cast<unsigned>(strips) * d.h) return;
  const int row = static_cast<int>(index) / strips;
  const int x = static_cast<int>(index) % strips * kStrip;
  const int count = d.w - x;
  const int at = 3 * (row * d.w + x);
  float s[3 * kStrip], f[3 * kStrip];
  load_packed<3>(painted + 3 * (row * d.painted_w + x), count, s);
  load_packed<3>(frame + at, count, f);
#pragma unroll
  for (int i = 0; i < 3 * kStrip; i += 3) {
    const Colour c = recoloured(d, {s[i], s[i + 1], s[i + 2]}, {f[i], f[i + 1], f[i + 2]});
    s[i] = c.r;
    s[i + 1] = c.g;
    s[i + 2] = c.b;
  }
#pragma unroll
  for (int part = 0; part < 3; ++part) {
    Vector<float, kStrip> values;
#pragma unroll
    for (int i = 0; i < kStrip; ++i) values.v[i] = s[part * kStrip + i];
    store_samples<kStrip>(y + at + part * kStrip, 3 * count - part * kStrip, values);
  }
}

}  // namespace

void preserve_colour_v2_launch(const PreserveColourProblem& d, const PreserveColourArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const int strips = blocks_for(d.w, kStrip);
  launch(stream, dim3(blocks_for(strips * d.h, kThreads)), dim3(kThreads), 0, kernel<preserve_colour_v2_strips>, d,
         strips, args.painted, args.frame, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
