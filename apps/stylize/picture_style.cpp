#include "apps/stylize/picture_style.h"

#include "apps/stylize/cover.h"
#include "apps/stylize/style.h"
#include "apps/stylize/watchdog.h"
#include "nets/net.h"

#include <algorithm>
#include <cstring>

namespace impasto::stylize {
namespace {

const Net& predictor() {
  return find_net("style_predictor");
}

// The weights are read while the engine is made.
Engine make_engine(Backend& device) {
  const Net& net = predictor();
  const Weights weights = load_embedded(net);
  return {build_net(net, weights, net.fixed_h, net.fixed_w, Precision::fp32), device};
}

void copy(std::span<const std::byte> from, std::span<std::byte> to) {
  std::memcpy(to.data(), from.data(), std::min(from.size(), to.size()));
}

// The picture as packed 8-bit RGB.
media::Picture as_rgb(const media::Picture& picture, Backend& device) {
  Graph graph;
  const std::vector<TensorId> planes = graph.input_planes(picture.format, picture.height, picture.width);
  const TensorId rgb = graph.append("to_rgb", ToRgb{picture.format}, planes);
  graph.output(rgb);
  Engine engine(std::move(graph), device);
  for (std::size_t i = 0; i < planes.size(); ++i) copy(picture.planes.at(i), engine.host(planes[i]));
  engine.run();
  media::Picture result;
  result.height = picture.height;
  result.width = picture.width;
  result.planes.emplace_back(engine.host(rgb).begin(), engine.host(rgb).end());
  return result;
}

}  // namespace

StylePredictor::StylePredictor(std::unique_ptr<Backend> device)
    : device_(std::move(device)), engine_(make_engine(*device_)) {}

std::vector<float> StylePredictor::describe(const media::Picture& picture, const std::string& place) {
  const bool is_rgb = picture.format.model == PixelFormat::Model::rgb && picture.format.depth == 8;
  const std::vector<std::byte> square =
      centre_square(is_rgb ? picture : as_rgb(picture, *device_), predictor().fixed_h);
  copy(square, engine_.host(engine_.graph().inputs().front()));
  engine_.run();
  const std::span<const std::byte> numbers = engine_.host(engine_.graph().outputs().front());
  std::vector<float> result(numbers.size() / sizeof(float));
  std::memcpy(result.data(), numbers.data(), numbers.size());
  check_values(std::string(predictor().name), place, is_varied(picture), result);
  return result;
}

}  // namespace impasto::stylize
