#include "apps/stylize/engine_planes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace impasto::stylize {
namespace {

Graph make_graph(const PixelFormat& format, int height, int width, std::vector<TensorId>& planes, TensorId& rgb) {
  Graph graph;
  planes = graph.input_planes(format, height, width);
  rgb = graph.append("to_rgb", ToRgb{format}, planes);
  graph.output(rgb);
  return graph;
}

}  // namespace

void copy_bytes(std::span<const std::byte> from, std::span<std::byte> to) {
  std::memcpy(to.data(), from.data(), std::min(from.size(), to.size()));
}

void copy_planes(const media::Picture& picture, const std::vector<TensorId>& inputs, Engine& engine) {
  for (std::size_t i = 0; i < inputs.size(); ++i) copy_bytes(picture.planes.at(i), engine.host(inputs[i]));
}

std::span<const float> floats_of(Engine& engine, TensorId output) {
  const std::span<const std::byte> bytes = engine.host(output);
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

RgbConverter::RgbConverter(Backend& device, const PixelFormat& format, int height, int width)
    : engine_(make_graph(format, height, width, planes_, rgb_), device) {}

media::Picture RgbConverter::convert(const media::Picture& picture) {
  copy_planes(picture, planes_, engine_);
  engine_.run();
  media::Picture result;
  result.height = picture.height;
  result.width = picture.width;
  result.planes.emplace_back(engine_.host(rgb_).begin(), engine_.host(rgb_).end());
  return result;
}

}  // namespace impasto::stylize
