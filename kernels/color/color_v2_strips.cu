// color v2, strips: one thread a strip of four columns, as high as a chroma sample of the output (one row where it has
// none).
//
// Against v1: R,G,B of a pixel is made once, for all samples that it goes into; four neighbours are loaded and stored
// at once where they lie on a multiple of their size, else one by one (plane_strips.h); and the chroma samples under a
// strip, once interpolated down, serve all its pixels. It costs registers, and a quarter of the threads, which a small
// picture would miss.
//
//   4:2:0 in:   Y   |y y y y|          Cb  c |c c| c     the chroma samples that a strip's row needs: its own and one
//                                          c |c c| c     on either side, of two rows
//   4:2:0 out:  Y   |y y y y|
//                 p |y y y y|          Cb    |u u|       p: with chroma to the left its tent reaches the last pixel of
//                 p |y y y y|                            the strip before, which the lane before has in registers
//
// Thread i makes strip i % strips of chroma row i / strips: neighbours in a warp make neighbouring strips.
//
// FLOPs: some 50 a pixel. Bytes: each plane once, but chroma of 4:2:0 4 times (twice across, twice down), from cache.
//
// Needs: samples of 8 or 16 bits; pictures of less than 2^31 samples. Any width and alignment.
#include "kernels/color/color_source.h"
#include "kernels/common/plane_strips.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 128;
constexpr unsigned kBlocks = 6;  // a multiprocessor; without, ptxas may choose a register limit at which it spills

template <typename T>
struct StripsSource {
  const ColorProblem& d;
  const Planes<const T>& from;

  [[nodiscard]] __device__ Layer pixel(int y, int x) const { return PlanesSource<T>{d, from}.pixel(y, x); }

  __device__ void strip(int y, int x, Layer (&layers)[kStrip]) const {
    float s[3][kStrip] = {};
    if (d.from.model == PlaneModel::rgb) {
      float rgb[3 * kStrip];
      load_packed<3>(from.plane[0] + 3 * (y * d.w + x), d.w - x, rgb);
#pragma unroll
      for (int i = 0; i < 3 * kStrip; ++i) s[i % 3][i / 3] = rgb[i];
    } else if (d.from.model == PlaneModel::chroma && d.from.semi_planar) {
      float pairs[2 * kStrip];
      load_packed<2>(from.plane[0] + 2 * (y * d.w + x), d.w - x, pairs);
#pragma unroll
      for (int i = 0; i < 2 * kStrip; ++i) s[i % 2][i / 2] = pairs[i];
    } else {
      load_full(from.plane[0], y, x, s[0]);
    }
    const int full = d.from.full_planes();
    if (full > 1) load_full(from.plane[1], y, x, s[1]);
    if (full > 2) load_full(from.plane[2], y, x, s[2]);
    if (full < d.from.planes()) {
      load_chroma(from.plane[1], y, x, s[1]);
      load_chroma(from.plane[2], y, x, s[2]);
    }
#pragma unroll
    for (int i = 0; i < kStrip; ++i) layers[i] = rgb_layer(d.rgb_from, s[0][i], s[1][i], s[2][i]);
  }

 private:
  __device__ void load_full(const T* plane, int y, int x, float (&values)[kStrip]) const {
    const auto samples = load_samples<kStrip>(plane + y * d.w + x, d.w - x);
#pragma unroll
    for (int i = 0; i < kStrip; ++i) values[i] = static_cast<float>(samples.v[i]);
  }

  __device__ void load_chroma(const T* plane, int y, int x, float (&values)[kStrip]) const {
    if (d.from.columns.shift == 0) return load_chroma<0>(plane, y, x, values);
    if (d.from.columns.shift == 1) return load_chroma<1>(plane, y, x, values);
    load_chroma<2>(plane, y, x, values);
  }

  template <int kShift>
  __device__ void load_chroma(const T* plane, int y, int x, float (&values)[kStrip]) const {
    constexpr int kStep = 1 << kShift;
    constexpr int kColumns = (kStrip >> kShift) + 2;  // under the strip, and one on either side
    const int h = d.from.rows.count(d.h);
    const int w = d.from.columns.count(d.w);
    const ChromaPhase down = chroma_phase(d.from.rows, y);
    const int step = d.from.chroma_step();
    const T* above = plane + clamped(down.first, h) * w * step;
    const T* below = plane + clamped(down.first + 1, h) * w * step;
    float column[kColumns];
#pragma unroll
    for (int c = 0; c < kColumns; ++c) {
      const int at = clamped((x >> kShift) + c - 1, w) * step;
      const auto value = static_cast<float>(above[at]);
      column[c] = value + down.weight * (static_cast<float>(below[at]) - value);
    }
    const bool centred = d.from.columns.centred;
#pragma unroll
    for (int i = 0; i < kStrip; ++i) {  // chroma_phase's formula, whose two outcomes the compiler knows
      const int amid = 2 * i - (kStep - 1);
      const int left = 1 + (amid >> (kShift + 1));
      const float amid_weight = 0.5F / kStep * static_cast<float>(amid & (2 * kStep - 1));
      const float edge_weight = 1.0F / kStep * static_cast<float>(i % kStep);
      const float from_left = centred ? column[left] : column[1 + i / kStep];
      const float from_right = centred ? column[left + 1] : column[2 + i / kStep];
      values[i] = from_left + (centred ? amid_weight : edge_weight) * (from_right - from_left);
    }
  }
};

template <typename From, typename To, int kShift>
__global__ void __launch_bounds__(kThreads, kBlocks)
    color_v2_strips(ColorProblem d, Planes<const From> from, Planes<To> to) {
  const Planes<const To> no_frame{};
  const StripSink<To> sink{d.to, d.to_samples, d.h, d.w, 0.5F, no_frame, to};
  write_strip<kShift>(sink, blockIdx.x * kThreads + threadIdx.x, StripsSource<From>{d, from});
}

template <typename From, typename To, int kShift>
void launch_as(const ColorProblem& d, const ColorArgs& args, Stream stream) {
  const int strips = blocks_for(d.w, kStrip) * d.to.rows.count(d.h);
  launch(stream, dim3(blocks_for(strips, kThreads)), dim3(kThreads), 0, kernel<color_v2_strips<From, To, kShift>>, d,
         planes_of<const From>(d.from, args.from), planes_of<To>(d.to, args.to));
}

}  // namespace

bool color_v2_supports(const ColorProblem& d) {
  return d.from.type != SampleType::f32;
}

void color_v2_launch(const ColorProblem& d, const ColorArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_codes(d.from.type, [&](auto from) {
    with_codes(d.to.type, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      if (d.to.columns.shift == 0) return launch_as<From, To, 0>(d, args, stream);
      if (d.to.columns.shift == 1) return launch_as<From, To, 1>(d, args, stream);
      launch_as<From, To, 2>(d, args, stream);
    });
  });
}

}  // namespace impasto::IMPASTO_TARGET
