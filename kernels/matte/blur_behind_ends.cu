// What the rungs of blur_behind have in common: the four maps before the blur, and the picture after it.
//
//   picture [h,w,3], matte [h,w] --weigh--> v R | v G | v B | v, each [h,w] --boxes--> the same --divide--> y [h,w,3]
//
// One thread makes a strip of four pixels of a row (plane_strips.h): the maps are loaded and stored 16 bytes at once,
// the pictures 4. Rows that do not begin on such a multiple are read one by one.
//
// Needs: the maps below 2^31 elements. Any width and alignment.
#include "kernels/common/plane_strips.h"
#include "kernels/matte/blur_behind.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 128;
constexpr int kMaps = 4;

__global__ void __launch_bounds__(kThreads)
    blur_behind_weigh(int h, int w, int strips, const std::uint8_t* __restrict__ picture,
                      const float* __restrict__ matte, float* __restrict__ maps) {
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= static_cast<unsigned>(strips) * h) return;
  const int x = static_cast<int>(index) % strips * kStrip;
  const int at = static_cast<int>(index) / strips * w + x;
  const int count = w - x;
  float rgb[3 * kStrip];
  load_packed<3>(picture + 3 * at, count, rgb);
  const Vector<float, kStrip> m = load_samples<kStrip>(matte + at, count);
  Vector<float, kStrip> weighted[kMaps];
#pragma unroll
  for (int i = 0; i < kStrip; ++i) {
    const float v = (1 - fminf(fmaxf(m.v[i], 0.0F), 1.0F) + kLeastWeight) * (1 / (1 + kLeastWeight));
#pragma unroll
    for (int c = 0; c < 3; ++c) weighted[c].v[i] = v * (1.0F / 255) * rgb[3 * i + c];
    weighted[3].v[i] = v;
  }
#pragma unroll
  for (int c = 0; c < kMaps; ++c) store_samples<kStrip>(maps + c * h * w + at, count, weighted[c]);
}

__global__ void __launch_bounds__(kThreads)
    blur_behind_divide(int h, int w, int strips, const float* __restrict__ maps, std::uint8_t* __restrict__ y) {
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= static_cast<unsigned>(strips) * h) return;
  const int x = static_cast<int>(index) % strips * kStrip;
  const int at = static_cast<int>(index) / strips * w + x;
  const int count = w - x;
  Vector<float, kStrip> blurred[kMaps];
#pragma unroll
  for (int c = 0; c < kMaps; ++c) blurred[c] = load_samples<kStrip>(maps + c * h * w + at, count);
  std::uint8_t codes[3 * kStrip];
#pragma unroll
  for (int i = 0; i < kStrip; ++i) {
    const float scale = 255 / blurred[3].v[i];
#pragma unroll
    for (int c = 0; c < 3; ++c) codes[3 * i + c] = to_code<std::uint8_t>(blurred[c].v[i] * scale, 255, 0.5F);
  }
#pragma unroll
  for (int part = 0; part < 3; ++part) {
    Vector<std::uint8_t, kStrip> samples;
#pragma unroll
    for (int i = 0; i < kStrip; ++i) samples.v[i] = codes[part * kStrip + i];
    store_samples<kStrip>(y + 3 * at + part * kStrip, 3 * count - part * kStrip, samples);
  }
}

}  // namespace

std::size_t blur_behind_workspace(const BlurBehindProblem& d) {
  return kMaps * sizeof(float) * static_cast<std::size_t>(d.h) * static_cast<std::size_t>(d.w) +
         matte_feather_workspace(d.feather());
}

void launch_blur_behind(const BlurBehindProblem& d, const BlurBehindArgs& args, Stream stream,
                        void (*feather)(const MatteFeatherProblem&, const MatteFeatherArgs&, Stream)) {
  require_32_bit_indices("blur_behind", {{"the picture, weighted,", 1.0 * kMaps * d.h * d.w}});
  const int strips = blocks_for(d.w, kStrip);
  const dim3 grid(blocks_for(strips * d.h, kThreads));
  auto* maps = static_cast<float*>(args.workspace);
  launch(stream, grid, dim3(kThreads), 0, kernel<blur_behind_weigh>, d.h, d.w, strips, args.picture, args.matte, maps);
  // In place: the first pass is done with the maps before the last one writes them.
  feather(d.feather(), {.x = maps, .y = maps, .workspace = maps + kMaps * d.h * d.w}, stream);
  launch(stream, grid, dim3(kThreads), 0, kernel<blur_behind_divide>, d.h, d.w, strips, maps, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
