// The engine in under 100 lines: paints a picture in one of the built-in styles, on any device.
//   minimal picture.png painted.png 7 cuda
#include "nets/net.h"
#include "runtime/devices/devices.h"
#include "runtime/engine.h"
#include "runtime/error.h"
#include "weights/embedded.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <fmt/format.h>
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace impasto;

namespace {

struct Picture {
  int height = 0, width = 0;
  std::vector<std::uint8_t> rgb;  // R,G,B of each pixel, row by row
};

Picture read_picture(const std::string& file) {
  Picture picture;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load(file.c_str(), &picture.width, &picture.height, &channels, 3), stbi_image_free);
  if (pixels == nullptr) fail("{}: {}", file, stbi_failure_reason());
  picture.rgb.assign(pixels.get(), pixels.get() + std::size_t{3} * picture.height * picture.width);
  return picture;
}

Picture paint(const Picture& picture, const Net& net, std::size_t style, Backend& device) {
  // A net appends its nodes to a graph; the engine gives them memory, and kernels of the device.
  const Weights weights = Weights::view(embedded_weights("multistyle.safetensors"), "multistyle.safetensors");
  const Precision precision = choose_precision({}, device);
  Engine engine(build_net(net, weights, picture.height, picture.width, precision), device);

  // Its inputs are the picture, and the share of each style.
  const std::span<const TensorId> inputs = engine.graph().inputs();
  std::memcpy(engine.host(inputs[0]).data(), picture.rgb.data(), picture.rgb.size());
  std::vector<float> shares(static_cast<std::size_t>(net.styles));
  shares[style] = 1;
  std::memcpy(engine.host(inputs[1]).data(), shares.data(), shares.size() * sizeof(float));
  engine.run();

  // Its output is the painted picture in 0..1, which may be a few pixels larger below and on the right.
  const TensorId output = engine.graph().outputs()[0];
  const auto* painted = reinterpret_cast<const float*>(engine.host(output).data());
  const std::size_t row = std::size_t{3} * engine.graph().tensor(output).shape.w;
  Picture result{picture.height, picture.width, {}};
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    for (std::size_t x = 0; x < std::size_t{3} * picture.width; ++x) {
      const float value = std::clamp(painted[y * row + x] * net.output_scale, 0.0F, 255.0F);
      result.rgb.push_back(static_cast<std::uint8_t>(value + 0.5F));
    }
  }
  return result;
}

void run(const std::vector<std::string>& words) {
  if (words.size() < 3 || words.size() > 5) fail_usage("expected PICTURE OUTPUT.png [STYLE [DEVICE]]");
  const Net& net = find_net("multistyle");
  const std::string style = words.size() > 3 ? words[3] : "7";
  const bool is_number = style.size() < 3 && style.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoi("0" + style) >= net.styles) fail_usage("style {}: expected 0..{}", style, net.styles - 1);
  const auto device = open_device(words.size() > 4 ? words[4] : "auto");

  const Picture painted = paint(read_picture(words[1]), net, static_cast<std::size_t>(std::stoi("0" + style)), *device);
  if (stbi_write_png(words[2].c_str(), painted.width, painted.height, 3, painted.rgb.data(), 0) == 0) {
    fail("{}: cannot be written", words[2]);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  run({argv, argv + argc});
  return 0;
} catch (const Error& error) {
  fmt::print(stderr, "minimal: {}\n", error.what());
  return static_cast<int>(error.kind());
} catch (const std::exception& error) {
  fmt::print(stderr, "minimal: {}\n", error.what());
  return 1;
}
