#include "runtime/pixel_format.h"

namespace impasto {

std::vector<Shape> PixelFormat::plane_shapes(int height, int width) const {
  switch (model) {
    case Model::rgb:
      return {Shape{1, height, width, 3}};
    case Model::grey:
      return {Shape{1, height, width, 1}};
    case Model::gbr:
      return std::vector<Shape>(3, Shape{1, height, width, 1});
    case Model::yuv:
      break;
  }
  const auto ceil_shift = [](int size, int shift) { return (size + (1 << shift) - 1) >> shift; };
  const Shape chroma{1, ceil_shift(height, log2_chroma_h), ceil_shift(width, log2_chroma_w), semi_planar ? 2 : 1};
  if (semi_planar) return {Shape{1, height, width, 1}, chroma};
  return {Shape{1, height, width, 1}, chroma, chroma};
}

}  // namespace impasto
