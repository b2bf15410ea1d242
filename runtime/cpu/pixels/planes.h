// to_rgb, convert_planes, matte_to_planes and composite: one kernel that makes planes from rows of weighted R,G,B.
#pragma once

#include "runtime/colour.h"
#include "runtime/graph.h"

#include <array>
#include <cstddef>

namespace impasto::cpu {

// Everything a run needs beside its pointers.
struct PlanesJob {
  enum class Source : std::uint8_t { planes, matte, composite };
  Source source = Source::planes;
  int height = 0, width = 0;
  PixelFormat from, to;
  struct Rescaled {  // a plane where the formats differ in depth and range only
    std::int64_t count = 0;
    Rescale levels{};
  };
  std::array<Rescaled, 3> rescaled{};
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

inline int chroma_size(int size, int shift) {
  return (size + (1 << shift) - 1) >> shift;
}

}  // namespace impasto::cpu
