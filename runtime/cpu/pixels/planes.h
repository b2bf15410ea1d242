// to_rgb, convert_planes, matte_to_planes and composite: one kernel that makes planes from rows of weighted R,G,B.
#pragma once

#include "runtime/backend.h"
#include "runtime/cpu/pixels/colour.h"
#include "runtime/graph.h"

#include <array>
#include <cstddef>
#include <memory>

namespace impasto::pixels {

// Everything a run needs beside its pointers.
struct PlanesJob {
  enum class Source : std::uint8_t { planes, matte, composite };
  enum class How : std::uint8_t { copy, rescale, convert };  // equal formats; equal but for depth and range; the rest
  Source source = Source::planes;
  How how = How::convert;
  int height = 0, width = 0;
  PixelFormat from, to;
  struct Rescaled {  // a plane where `how` is copy or rescale: out = scale in + offset
    std::int64_t count = 0;
    float scale = 1, offset = 0;
  };
  std::array<Rescaled, 3> rescaled{};
  Affine rgb_from, to_samples;  // samples of `from` -> R,G,B in 0..255 -> samples of `to`
  ChromaAxis from_columns, from_rows, to_columns, to_rows;
  Composite composite;
  bool has_matte = false, has_painted = false;
  DType painted_dtype = DType::f32;
  int painted_width = 0;
  int threads = 1;
};

[[nodiscard]] std::unique_ptr<Kernel> make_to_rgb(const Graph& graph, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_convert_planes(const Graph& graph, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_matte_to_planes(const Graph& graph, const Node& node);
[[nodiscard]] std::unique_ptr<Kernel> make_composite(const Graph& graph, const Node& node);

}  // namespace impasto::pixels
