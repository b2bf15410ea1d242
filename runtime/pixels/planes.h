// to_rgb, convert_planes, matte_to_planes and composite: one kernel that makes planes from rows of weighted R,G,B.
#pragma once

#include "runtime/colour.h"
#include "runtime/graph.h"

#include <cstddef>
#include <type_traits>
#include <vector>

namespace impasto::cpu {

// Everything a run needs beside its pointers.
struct PlanesJob {
  enum class Source : std::uint8_t { planes, matte, composite };
  Source source = Source::planes;
  int height = 0, width = 0;
  PixelFormat from, to;
  struct Samples {  // Y, Cb, Cr, ... of one format: where the first of them lies and how far the next
    std::size_t plane = 0;
    int first = 0, step = 1;
  };
  struct Rescaled {  // samples that are converted each by itself
    std::int64_t count = 0;
    Rescale levels{};
    Samples from{}, to{};
  };
  std::vector<Rescaled> rescaled{};
  Affine rgb_from{}, to_samples{};  // samples of `from` -> R,G,B in 0..255 -> samples of `to`
  ChromaAxis from_columns{}, from_rows{}, to_columns{}, to_rows{};
  Composite composite{};
  bool has_matte = false, has_painted = false;
  int painted_width = 0;
};

// Scratch rows of floats, of which each thread has one set. Rows that a chroma filter reads have room on both sides.
struct Scratch {
  static constexpr std::size_t kMargin = 16;
  enum Row { r, g, b, a, behind, s0, s1, s2, sum_a, sum_u, sum_v, row_count };

  static std::size_t stride(int width) { return (static_cast<std::size_t>(width) + 15) / 16 * 16 + 2 * kMargin; }
  static std::size_t bytes(int width) { return stride(width) * row_count * sizeof(float); }

  Scratch(std::byte* workspace, int width, int thread)
      : base(reinterpret_cast<float*>(workspace + bytes(width) * static_cast<std::size_t>(thread)) + kMargin),
        row_stride(stride(width)) {}
  [[nodiscard]] float* operator[](Row row) const { return base + row_stride * row; }

  float* base;
  std::size_t row_stride;
};

// Calls function(T{}) with the type that stores samples of a format.
template <typename Function>
void with_sample_type(const PixelFormat& format, Function&& function) {
  if (format.dtype() == DType::u8) {
    function(std::uint8_t{});
  } else {
    function(std::uint16_t{});
  }
}

inline float max_sample(const PixelFormat& format) {
  return static_cast<float>((1 << format.depth) - 1);
}

template <typename T>
T* row_of(std::byte* plane, int y, int row_length) {
  return reinterpret_cast<T*>(plane) + static_cast<std::size_t>(y) * static_cast<std::size_t>(row_length);
}

// Cb (k = 1) or Cr (k = 2).
inline PlanesJob::Samples chroma_samples(const PixelFormat& format, std::size_t k) {
  if (format.semi_planar) return {1, static_cast<int>(k) - 1, 2};
  return {k, 0, 1};
}

// Calls function(step) with a step of 1 that the compiler knows, or another.
template <typename Function>
void with_step(int step, Function&& function) {
  if (step == 1) {
    function(std::integral_constant<int, 1>{});
  } else {
    function(step);
  }
}

inline int chroma_size(int size, int shift) {
  return (size + (1 << shift) - 1) >> shift;
}

}  // namespace impasto::cpu
