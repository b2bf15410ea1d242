// Pictures and numbers between the host's memory and an engine's.
#pragma once

#include "apps/stylize/media/media.h"
#include "runtime/engine.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::stylize {

// As many bytes as both have.
void copy_bytes(std::span<const std::byte> from, std::span<std::byte> to);
// The picture's planes become the next run's inputs.
void copy_planes(const media::Picture& picture, const std::vector<TensorId>& inputs, Engine& engine);
// An output of floats, as the last collected run left it.
[[nodiscard]] std::span<const float> floats_of(Engine& engine, TensorId output);

// Pictures of one format and size as packed 8-bit RGB.
class RgbConverter {
 public:
  // `device` must outlive this.
  RgbConverter(Backend& device, const PixelFormat& format, int height, int width);
  [[nodiscard]] media::Picture convert(const media::Picture& picture);

 private:
  std::vector<TensorId> planes_;
  TensorId rgb_ = kAbsent;
  Engine engine_;
};

}  // namespace impasto::stylize
