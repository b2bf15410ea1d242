#include "tests/golden/golden.h"

#include "runtime/cpu/cpu_backend.h"
#include "runtime/engine.h"
#include "weights/embedded.h"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

#include <cstring>
#include <stdexcept>

namespace impasto::test {
namespace {

std::vector<float> to_floats_of_type(std::span<const std::byte> bytes, DType dtype) {
  const std::int64_t count = static_cast<std::int64_t>(bytes.size() / size_of(dtype));
  WeightView view;
  view.name = "output";
  view.dtype = dtype;
  view.shape = {count};
  view.data = bytes;
  return to_floats(view);
}

Planar planar(const TensorInfo& info, std::span<const std::byte> bytes) {
  const std::vector<float> nhwc = to_floats_of_type(bytes, info.dtype);
  Planar p{info.shape.c, info.shape.h, info.shape.w, std::vector<float>(nhwc.size())};
  const std::size_t pixels = static_cast<std::size_t>(p.h) * static_cast<std::size_t>(p.w);
  const auto channels = static_cast<std::size_t>(p.c);
  for (std::size_t i = 0; i < nhwc.size(); ++i) p.values[i % channels * pixels + i / channels] = nhwc[i];
  return p;
}

void poison(std::span<std::byte> bytes) {
  std::memset(bytes.data(), 0xff, bytes.size());
}  // NaN in every float type

}  // namespace

Picture read_picture(const std::filesystem::path& file) {
  Picture p;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(stbi_load(file.c_str(), &p.w, &p.h, &channels, 3),
                                                         stbi_image_free);
  if (pixels == nullptr) throw std::runtime_error(file.string() + ": " + stbi_failure_reason());
  p.rgb.assign(pixels.get(), pixels.get() + static_cast<std::size_t>(p.h) * static_cast<std::size_t>(p.w) * 3);
  return p;
}

Picture picture_of(const Weights& golden, const std::string& name) {
  const WeightView* view = golden.find(name);
  if (view == nullptr || view->dtype != DType::u8 || view->shape.size() != 3) {
    throw std::runtime_error(golden.label() + ": no picture " + name);
  }
  Picture p{static_cast<int>(view->shape[0]), static_cast<int>(view->shape[1]), {}};
  p.rgb.resize(view->data.size());
  std::memcpy(p.rgb.data(), view->data.data(), p.rgb.size());
  return p;
}

std::vector<float> floats_of(const Weights& golden, const std::string& name) {
  const WeightView* view = golden.find(name);
  if (view == nullptr) throw std::runtime_error(golden.label() + ": no tensor " + name);
  return to_floats(*view);
}

Weights embedded(const char* file) {
  return Weights::view(embedded_weights(file), file);
}

std::vector<std::filesystem::path> golden_files(const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(extension) && name.find(".taps.") == std::string::npos) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::unique_ptr<Backend> make_backend() {
  return make_cpu_backend(2);
}

Planar Planar::cropped(int height, int width) const {
  Planar p{c, height, width, {}};
  for (int k = 0; k < c; ++k) {
    for (int y = 0; y < height; ++y) {
      const auto row = values.begin() + (static_cast<std::ptrdiff_t>(k) * h + y) * w;
      p.values.insert(p.values.end(), row, row + width);
    }
  }
  return p;
}

NetRun run_net(const Net& net, const Weights& weights, const Picture& picture, std::span<const float> side,
               Precision precision, std::span<const std::string> taps) {
  return run_net(*make_backend(), net, weights, picture, side, precision, taps);
}

NetRun run_net(Backend& backend, const Net& net, const Weights& weights, const Picture& picture,
               std::span<const float> side, Precision precision, std::span<const std::string> taps) {
  Graph graph = build_net(net, weights, picture.h, picture.w, precision);
  std::map<std::string, TensorId> tapped;
  for (const Node& node : graph.nodes()) {
    const std::string name = node.name.substr(node.name.find('/') + 1);
    if (std::find(taps.begin(), taps.end(), name) != taps.end()) tapped[name] = node.outputs.front();
  }
  REQUIRE(tapped.size() == taps.size());
  const TensorId result = graph.outputs().front();
  for (const auto& [name, id] : tapped) graph.output(id);

  Engine engine(std::move(graph), backend);
  for (const Node& node : engine.graph().nodes()) {
    if (!std::holds_alternative<Conv2d>(node.op)) continue;
    REQUIRE(node.precision == precision);
    REQUIRE(engine.graph().tensor(node.outputs.front()).dtype == activation_dtype(precision));
  }
  poison(engine.host(result));  // first: an input may share its memory
  const auto fill = [&](TensorId id, std::span<const std::byte> bytes) {
    REQUIRE(engine.host(id).size() == bytes.size());
    std::memcpy(engine.host(id).data(), bytes.data(), bytes.size());
  };
  fill(engine.graph().inputs()[0], std::as_bytes(std::span(picture.rgb)));
  if (net.styles > 0 || net.face) fill(engine.graph().inputs()[1], std::as_bytes(side));
  engine.run();

  NetRun run{planar(engine.graph().tensor(result), engine.host(result)), {}};
  for (const auto& [name, id] : tapped) run.taps[name] = planar(engine.graph().tensor(id), engine.host(id));
  return run;
}

void check_floats(std::span<const float> ours, std::span<const float> golden, const Limits& limits) {
  REQUIRE(ours.size() == golden.size());
  const Difference d = difference(ours, golden);
  CHECK(d.largest <= limits.largest);
  CHECK(d.mean <= limits.mean);
}

void check_tap(const std::string& name, const Planar& ours, std::span<const float> golden, double limit) {
  INFO(name);
  REQUIRE(ours.values.size() == golden.size());
  double largest = 0;
  for (const float v : golden) largest = std::max(largest, static_cast<double>(std::abs(v)));
  CHECK(difference(std::span<const float>(ours.values), golden).largest / largest <= limit);
}

void check_picture(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> golden, Precision precision,
                   double least_psnr) {
  REQUIRE(ours.size() == golden.size());
  const Difference d = difference(ours, golden);
  if (precision == Precision::fp32) {
    CHECK(d.largest <= 1);
    CHECK(d.mean < 0.005);  // no difference exceeds 1, so the mean is the share of those that differ
  } else {
    const std::vector<float> a(ours.begin(), ours.end());
    const std::vector<float> b(golden.begin(), golden.end());
    CHECK(psnr(a, b, 255) >= least_psnr);
  }
}

double psnr(std::span<const float> a, std::span<const float> b, double peak) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    squares += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
  return 10 * std::log10(peak * peak * static_cast<double>(a.size()) / squares);
}

std::vector<std::uint8_t> to_bytes(const Planar& planar, double scale, bool truncate) {
  std::vector<std::uint8_t> bytes(planar.values.size());
  const std::size_t pixels = bytes.size() / static_cast<std::size_t>(planar.c);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double v = static_cast<double>(planar.values[i]) * scale + (truncate ? 0 : 0.5);
    bytes[i % pixels * static_cast<std::size_t>(planar.c) + i / pixels] =
        static_cast<std::uint8_t>(std::clamp(std::floor(v), 0.0, 255.0));
  }
  return bytes;
}

}  // namespace impasto::test
