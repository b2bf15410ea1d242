// How a picture's samples stand for colours: what the media code says of its planes, and what the colour ops
// (to_rgb, convert_planes, composite) read. Alpha planes never enter the graph: the app carries them through.
#pragma once

#include "runtime/tensor.h"

#include <cstdint>
#include <vector>

namespace impasto {

struct PixelFormat {
  // rgb:  one plane of H,W,3, packed R,G,B.
  // yuv:  three planes Y, Cb, Cr of H,W,1; chroma planes are ceil(H >> log2_chroma_h), ceil(W >> log2_chroma_w).
  //       Semi-planar: two planes, the second of Cb,Cr in turns, of 2 channels (NV12: 8 bit, 4:2:0).
  // gbr:  three full planes G, B, R.
  // grey: one plane of H,W,1.
  enum class Model : std::uint8_t { rgb, yuv, gbr, grey };
  enum class Range : std::uint8_t { limited, full };
  // Where a chroma sample of a subsampled plane sits relative to its luma samples (FFmpeg's AVChromaLocation).
  enum class Site : std::uint8_t { left, centre, top_left, top };

  Model model = Model::rgb;
  int depth = 8;  // bits a sample: 8 is stored as u8; 9..16 as u16, in the low bits
  int log2_chroma_w = 0;
  int log2_chroma_h = 0;
  // Y = kr R + (1-kr-kb) G + kb B (ITU-T H.273 table 4); 601: 0.299, 0.114; 709: 0.2126, 0.0722; 2020: 0.2627, 0.0593.
  double kr = 0.299;
  double kb = 0.114;
  Range range = Range::full;
  Site site = Site::left;
  bool semi_planar = false;  // of yuv

  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;

  // Whether its plane is what ToRgb makes.
  [[nodiscard]] bool is_packed_rgb() const noexcept { return model == Model::rgb && depth == 8; }
  [[nodiscard]] DType dtype() const noexcept { return depth == 8 ? DType::u8 : DType::u16; }
  [[nodiscard]] int plane_count() const noexcept {
    if (model == Model::yuv && semi_planar) return 2;
    return model == Model::yuv || model == Model::gbr ? 3 : 1;
  }
  // The planes' shapes for a picture of height x width pixels.
  [[nodiscard]] std::vector<Shape> plane_shapes(int height, int width) const;
};

}  // namespace impasto
