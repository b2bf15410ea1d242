// composite v2, strips: one thread a strip of four columns, as high as a chroma sample (for 4:2:0 two rows, eight
// pixels and two chroma samples of each plane).
//
// Against v1: a pixel's matte and paint are read once, and what lies on it goes into all samples that it belongs to:
// its neighbours' chroma too, through the registers of the next lane. And four neighbours are loaded and stored at once
// (plane_strips.h): the matte of a strip's row is one load of 16 bytes, its paint three, its luma one of 4. Rows that
// do not begin on such a multiple are read one by one. It costs registers, and a quarter to an eighth of the threads,
// which a small picture would miss.
//
//   4:2:0, chroma to the left:
//
//     x = 4 i
//   p |y y y y|     Cb |u u|      Cr |v v|       p: the pixel that the tent of the first u reaches beyond the strip:
//   p |y y y y|                                  the last of the strip before, which the lane before has
//
// Thread i makes strip i % strips of chroma row i / strips: neighbours in a warp make neighbouring strips, so a warp's
// luma is 128 bytes in a row, its matte 512, its paint 1536 in three loads that interleave. Where no pixel of a strip's
// row has paint, it is not read.
//
// FLOPs: some 50 a pixel. Bytes for 4:2:0 of 8 bits: 16 + 1.5 a pixel loaded and 1.5 stored; without paint 5.5 and 1.5.
//
// Needs: pictures of less than 2^31 samples. Any width and alignment.
#include "kernels/common/plane_strips.h"
#include "kernels/composite/composite.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 128;
constexpr unsigned kBlocks = 6;  // a multiprocessor; without, ptxas may choose a register limit at which it spills

struct LayersSource {
  const CompositeProblem& d;
  const CompositeArgs& args;

  [[nodiscard]] __device__ Layer pixel(int y, int x) const { return pixel_layer(d, args, y, x); }

  __device__ void strip(int y, int x, Layer (&layers)[kStrip]) const {
    const int at = y * d.w + x;
    const int count = d.w - x;
    Vector<float, kStrip> matte{};
    if (args.matte != nullptr) matte = load_samples<kStrip>(args.matte + at, count);
    LayerWeights weights[kStrip];
    bool painted = false;
    bool replaced = false;
#pragma unroll
    for (int i = 0; i < kStrip; ++i) {
      weights[i] = layer_weights(d, args, matte.v[i]);
      painted = painted || weights[i].paint != 0;
      replaced = replaced || weights[i].behind != 0;
      layers[i] = {};
    }
    float rgb[3 * kStrip];
    if (painted) {
      load_packed<3>(args.painted + 3 * (y * d.painted_w + x), count, rgb);
#pragma unroll
      for (int i = 0; i < kStrip; ++i) {
        lay(layers[i], weights[i].paint, painted_colour(d, rgb[3 * i]), painted_colour(d, rgb[3 * i + 1]),
            painted_colour(d, rgb[3 * i + 2]));
      }
    }
    if (!replaced) return;
    if (d.behind == Behind::picture) load_packed<3>(args.picture + 3 * at, count, rgb);
#pragma unroll
    for (int i = 0; i < kStrip; ++i) {
      const bool one = d.behind == Behind::colour;
      lay(layers[i], weights[i].behind, one ? d.colour[0] : rgb[3 * i], one ? d.colour[1] : rgb[3 * i + 1],
          one ? d.colour[2] : rgb[3 * i + 2]);
    }
  }
};

template <typename T, int kShift>
__global__ void __launch_bounds__(kThreads, kBlocks)
    composite_v2_strips(CompositeProblem d, CompositeArgs args, Planes<const T> frame, Planes<T> out) {
  const StripSink<T> sink{d.format, d.to_samples, d.h, d.w, d.truncate ? 0.0F : 0.5F, frame, out};
  write_strip<kShift>(sink, blockIdx.x * kThreads + threadIdx.x, LayersSource{d, args});
}

template <typename T, int kShift>
void launch_as(const CompositeProblem& d, const CompositeArgs& args, Stream stream) {
  const int strips = blocks_for(d.w, kStrip) * d.format.rows.count(d.h);
  launch(stream, dim3(blocks_for(strips, kThreads)), dim3(kThreads), 0, kernel<composite_v2_strips<T, kShift>>, d, args,
         planes_of<const T>(d.format, args.frame), planes_of<T>(d.format, args.out));
}

template <typename T>
void launch_as(const CompositeProblem& d, const CompositeArgs& args, Stream stream) {
  const int shift = d.format.columns.shift;
  if (shift == 0) return launch_as<T, 0>(d, args, stream);
  if (shift == 1) return launch_as<T, 1>(d, args, stream);
  launch_as<T, 2>(d, args, stream);
}

}  // namespace

void composite_v2_launch(const CompositeProblem& d, const CompositeArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_codes(d.format.type, [&](auto code) { launch_as<decltype(code)>(d, args, stream); });
}

}  // namespace impasto::IMPASTO_TARGET
