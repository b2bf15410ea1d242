// The kernels' words for pixel formats.
#pragma once

#include "kernels/common/planes.h"
#include "runtime/colour.h"

namespace impasto::IMPASTO_TARGET {

[[nodiscard]] PlaneFormat kernel_format(const PixelFormat& format);
[[nodiscard]] Affine kernel_affine(const impasto::Affine& affine);

}  // namespace impasto::IMPASTO_TARGET
