// For rungs whose thread makes a strip of four neighbouring pixels: loads and stores of neighbours at once, and the
// planes' samples from the strip's layers.
#pragma once

#include "kernels/common/planes.h"
#include "kernels/common/vector.h"

namespace impasto::IMPASTO_TARGET {

inline constexpr int kStrip = 4;

template <int kCount, typename T>
[[nodiscard]] __device__ inline bool is_aligned(const T* samples) {
  return reinterpret_cast<std::uintptr_t>(samples) % (kCount * sizeof(T)) == 0;
}

// The first `count` of kCount neighbours; the last of them stands for the rest.
template <int kCount, typename T>
[[nodiscard]] __device__ inline Vector<T, kCount> load_samples(const T* from, int count) {
  if (count >= kCount && is_aligned<kCount>(from)) return load_vector<kCount>(from);
  Vector<T, kCount> samples;
#pragma unroll
  for (int i = 0; i < kCount; ++i) samples.v[i] = from[i < count ? i : count - 1];
  return samples;
}
template <int kCount, typename T>
__device__ inline void store_samples(T* to, int count, const Vector<T, kCount>& samples) {
  if (count >= kCount && is_aligned<kCount>(to)) return store_vector(to, samples);
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    if (i < count) to[i] = samples.v[i];
  }
}

// A strip of pixels of kPacked samples each, of which the first `count` are there, as floats; the last of them stands
// for the rest.
template <int kPacked, typename T>
__device__ inline void load_packed(const T* from, int count, float (&values)[kPacked * kStrip]) {
#pragma unroll
  for (int part = 0; part < kPacked; ++part) {
    Vector<T, kStrip> samples;
    if (count >= kStrip) {
      samples = load_samples<kStrip>(from + part * kStrip, kStrip);
    } else {
#pragma unroll
      for (int i = 0; i < kStrip; ++i) {
        const int at = part * kStrip + i;
        samples.v[i] = from[at / kPacked < count ? at : kPacked * (count - 1) + at % kPacked];
      }
    }
#pragma unroll
    for (int i = 0; i < kStrip; ++i) values[part * kStrip + i] = static_cast<float>(samples.v[i]);
  }
}

// Where the samples go: planes of T, over the frame's planes (or none: plane 0 is null).
template <typename T>
struct StripSink {
  const PlaneFormat& format;
  const Affine& map;  // R,G,B to samples
  int h, w;
  float rounding;  // 0.5: half up; 0: down
  const Planes<const T>& frame;
  const Planes<T>& to;
};

// kCount neighbouring samples of a plane, of which the first `count` are there: value(i), over the frame's weight(i).
template <int kCount, typename T, typename Value, typename Weight>
__device__ inline void store_codes(const StripSink<T>& sink, int plane, int at, int count, const Value& value,
                                   const Weight& weight) {
  Vector<T, kCount> codes{};
  if (sink.frame.plane[0] != nullptr) codes = load_samples<kCount>(sink.frame.plane[plane] + at, count);
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const float over = value(i) + (1 - weight(i)) * static_cast<float>(codes.v[i]);
    codes.v[i] = to_code<T>(over, sink.format.high, sink.rounding);
  }
  store_samples<kCount>(sink.to.plane[plane] + at, count, codes);
}

// kPixels neighbouring pixels of kPacked samples each, the rows of the map from `first` on, at sample `at` of a plane;
// `count` samples are there. The layers count `unit` times.
template <int kPacked, int kPixels, typename T>
__device__ inline void store_packed(const StripSink<T>& sink, int plane, int first, int at, int count,
                                    const Layer (&layers)[kPixels], float unit) {
  // Four samples at once, or as many as there are.
  constexpr int kAtOnce = kPacked * kPixels < kStrip ? kPacked * kPixels : kStrip;
#pragma unroll
  for (int part = 0; part < kPacked * kPixels; part += kAtOnce) {
    const auto pixel = [&](int i) { return layers[(part + i) / kPacked]; };
    const auto value = [&](int i) { return unit * sample_of(sink.map, first + (part + i) % kPacked, pixel(i)); };
    const auto weight = [&](int i) { return unit * pixel(i).a; };
    store_codes<kAtOnce>(sink, plane, at + part, count - part, value, weight);
  }
}

// The samples of full resolution of row y, from column x on.
template <typename T>
__device__ inline void store_row(const StripSink<T>& sink, int y, int x, const Layer (&layers)[kStrip]) {
  const PlaneFormat& f = sink.format;
  const int at = y * sink.w + x;
  const int count = sink.w - x;
  if (f.model == PlaneModel::rgb) return store_packed<3>(sink, 0, 0, 3 * at, 3 * count, layers, 1);
  if (f.model == PlaneModel::chroma && f.semi_planar) {
    return store_packed<2>(sink, 0, 0, 2 * at, 2 * count, layers, 1);
  }
#pragma unroll  // or the planes' addresses would lie on the stack
  for (int plane = 0; plane < 3; ++plane) {
    if (plane < f.full_planes()) store_packed<1>(sink, plane, plane, at, count, layers, 1);
  }
}

[[nodiscard]] __device__ inline Layer from_lane_before(const Layer& l) {
  constexpr unsigned kWarp = 0xffffffffU;
  return {__shfl_up_sync(kWarp, l.r, 1), __shfl_up_sync(kWarp, l.g, 1), __shfl_up_sync(kWarp, l.b, 1),
          __shfl_up_sync(kWarp, l.a, 1)};
}

// Strip `index` of a picture, counted along the chroma rows: all samples that lie in it. All lanes of a warp call this,
// with neighbouring strips; those past the last strip store nothing. `source` has pixel(y, x), a layer, and
// strip(y, x, layers), four of them, the last column of the picture standing for those beyond. kShift is that of the
// format's chroma columns: a strip has 4 >> kShift chroma samples, whose footprints it sums up on the way, so that a
// pixel's layer is made once. The pixels that a tent reaches left of the strip are the lane's before; lane 0 makes them
// again.
template <int kShift, typename T, typename Source>
__device__ inline void write_strip(const StripSink<T>& sink, unsigned index, const Source& source) {
  constexpr int kChroma = kStrip >> kShift;
  const PlaneFormat& f = sink.format;
  const bool chroma_apart = f.full_planes() < f.planes();
  const unsigned strips = blocks_for(sink.w, kStrip);
  const bool there = index / strips < static_cast<unsigned>(f.rows.count(sink.h));
  const int j = there ? static_cast<int>(index / strips) : 0;
  const int x = static_cast<int>(index % strips) * kStrip;
  Layer chroma[kChroma];
  for (int k = footprint_first(f.rows); k < f.rows.step(); ++k) {
    const int y = j * f.rows.step() + k;
    const int row = clamped(y, sink.h);
    Layer layers[kStrip];
    source.strip(row, x, layers);
    if (there && k >= 0 && row == y) store_row(sink, y, x, layers);
    if (!chroma_apart) continue;
    const float row_weight = footprint_weight(f.rows, k);
    if (!f.columns.centred) {
#pragma unroll
      for (int left = 1; left < (1 << kShift); ++left) {
        Layer layer = from_lane_before(layers[kStrip - left]);
        if (x == 0) {
          layer = layers[0];
        } else if (threadIdx.x % 32 == 0) {
          layer = source.pixel(row, x - left);
        }
        accumulate(chroma[0], row_weight * footprint_weight(f.columns, -left), layer);
      }
    }
#pragma unroll
    for (int c = 0; c < kChroma; ++c) {
#pragma unroll
      for (int i = 0; i < kStrip; ++i) {
        accumulate(chroma[c], row_weight * footprint_weight(f.columns, i - (c << kShift)), layers[i]);
      }
    }
  }
  if (!chroma_apart || !there) return;
  const float unit = footprint_unit(f);
  const int at = j * f.columns.count(sink.w) + (x >> kShift);
  const int count = f.columns.count(sink.w) - (x >> kShift);
  if (f.semi_planar) return store_packed<2>(sink, 1, 1, 2 * at, 2 * count, chroma, unit);
#pragma unroll
  for (int plane = 1; plane < 3; ++plane) store_packed<1>(sink, plane, plane, at, count, chroma, unit);
}

}  // namespace impasto::IMPASTO_TARGET
