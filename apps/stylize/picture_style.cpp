#include "apps/stylize/picture_style.h"

#include "apps/stylize/cover.h"
#include "apps/stylize/engine_planes.h"
#include "apps/stylize/style.h"
#include "apps/stylize/watchdog.h"
#include "nets/net.h"

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

media::Picture as_rgb(const media::Picture& picture, Backend& device) {
  return RgbConverter(device, picture.format, picture.height, picture.width).convert(picture);
}

}  // namespace

StylePredictor::StylePredictor(std::unique_ptr<Backend> device)
    : device_(std::move(device)), engine_(make_engine(*device_)) {}

std::vector<float> StylePredictor::describe(const media::Picture& picture, const std::string& place) {
  const bool is_rgb = picture.format.is_packed_rgb();
  const std::vector<std::byte> square =
      centre_square(is_rgb ? picture : as_rgb(picture, *device_), predictor().fixed_h);
  copy_bytes(square, engine_.host(engine_.graph().inputs().front()));
  engine_.run();
  const std::span<const float> numbers = floats_of(engine_, engine_.graph().outputs().front());
  check_values(std::string(predictor().name), place, is_varied(picture), numbers);
  return {numbers.begin(), numbers.end()};
}

}  // namespace impasto::stylize
