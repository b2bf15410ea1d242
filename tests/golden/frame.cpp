// The whole frame on the cpu device: exact copies, the layers' sums, odd sizes, views. What each op does alone is
// tested beside the op.
#include "nets/frame.h"

#include "runtime/engine.h"
#include "tests/golden/formula.h"
#include "tests/golden/golden.h"

#include <fmt/format.h>

#include <cstring>
#include <random>

using namespace impasto;
using namespace impasto::test;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Model = PixelFormat::Model;

constexpr PixelFormat kRgb{};

// Frames of real weights; multistyle paints in style 7.
class Frame {
 public:
  explicit Frame(const FrameSpec& spec)
      : backend_(make_backend()), frame_(build_frame(spec)), engine_(frame_.graph, *backend_) {
    if (frame_.style == kAbsent) return;
    std::vector<float> style(26);
    style[7] = 1;
    fill(frame_.style, std::as_bytes(std::span(style)));
  }
  void fill(TensorId id, std::span<const std::byte> bytes) {
    REQUIRE(engine_.host(id).size() == bytes.size());
    std::memcpy(engine_.host(id).data(), bytes.data(), bytes.size());
  }
  void fill(TensorId id, const Bytes& bytes) { fill(id, std::as_bytes(std::span(bytes))); }
  void run() { engine_.run(); }
  [[nodiscard]] Bytes read(TensorId id) {
    Bytes bytes(engine_.host(id).size());
    std::memcpy(bytes.data(), engine_.host(id).data(), bytes.size());
    return bytes;
  }
  [[nodiscard]] const FrameGraph& graph() const { return frame_; }

 private:
  std::unique_ptr<Backend> backend_;
  FrameGraph frame_;
  Engine engine_;
};

struct Models {
  Weights multistyle = embedded("multistyle.safetensors");
  Weights selfie = embedded("selfie.safetensors");
};

FrameSpec spec_for(const Picture& picture, const Models& models) {
  FrameSpec spec{.height = picture.h, .width = picture.w, .in = kRgb, .out = kRgb};
  spec.style_net = &find_net("multistyle");
  spec.style_weights = &models.multistyle;
  spec.matte_net = &find_net("selfie");
  spec.matte_weights = &models.selfie;
  return spec;
}

// The tiles and, last, the matte of an RGB frame.
std::vector<Bytes> run_rgb(FrameSpec spec, const Picture& picture, const Bytes& behind = {}) {
  spec.output_alpha = spec.matte_net != nullptr;
  Frame frame(spec);
  frame.fill(frame.graph().in.front(), picture.rgb);
  if (frame.graph().picture != kAbsent) frame.fill(frame.graph().picture, behind);
  frame.run();
  std::vector<Bytes> tiles;
  for (const auto& tile : frame.graph().tiles) tiles.push_back(frame.read(tile.front()));
  if (spec.output_alpha) tiles.push_back(frame.read(frame.graph().alpha));
  return tiles;
}

Bytes random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  Bytes bytes(count);
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(engine() >> 24U);
  return bytes;
}

Picture portrait() {
  return picture_of(Weights::open(data_dir() / "selfie/selfie.safetensors"));
}

double mixed(double weight, double a, double b) {
  return weight * a + (1 - weight) * b;
}

// Largest difference of a tile from expected(sample index, matte 0..1).
template <typename Expected>
double error(const Bytes& tile, const Bytes& matte, const Expected& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < tile.size(); ++i) {
    const double e = std::abs(static_cast<double>(tile[i]) - expected(i, static_cast<double>(matte[i / 3]) / 255));
    largest = !(e <= largest) ? e : largest;
  }
  return largest;
}

}  // namespace

TEST_CASE("a frame of strength 0 without a matte comes back bit for bit") {
  const std::array formats{
      kRgb,
      PixelFormat{.depth = 16},
      PixelFormat{.model = Model::grey},
      PixelFormat{.model = Model::gbr},
      PixelFormat{.model = Model::gbr, .depth = 10},
      PixelFormat{.model = Model::yuv, .range = PixelFormat::Range::limited},
      PixelFormat{.model = Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1, .range = PixelFormat::Range::limited},
      PixelFormat{.model = Model::yuv, .depth = 10, .log2_chroma_w = 1, .kr = 0.2126, .kb = 0.0722}};
  const auto [height, width] = GENERATE(std::pair{1, 1}, std::pair{3, 5}, std::pair{16, 16}, std::pair{37, 61});
  for (const PixelFormat& format : formats) {
    const FrameSpec spec{.height = height, .width = width, .in = format, .out = format, .strength = 0};
    Frame frame(spec);
    std::vector<Bytes> planes;
    for (const Shape& shape : format.plane_shapes(height, width)) {
      Bytes plane = random_bytes(static_cast<std::size_t>(shape.count()) * size_of(format.dtype()), 1);
      for (std::size_t i = 1; format.depth > 8 && i < plane.size(); i += 2)
        plane[i] = static_cast<std::uint8_t>(plane[i] & ((1U << (format.depth - 8U)) - 1U));
      frame.fill(frame.graph().in.at(planes.size()), plane);
      planes.push_back(std::move(plane));
    }
    frame.run();
    for (std::size_t i = 0; i < planes.size(); ++i) CHECK(frame.read(frame.graph().tiles.front().at(i)) == planes[i]);
  }
}

TEST_CASE("a frame that is all paint is the net's picture by its own rule") {
  const Models models;
  const Picture picture = picture_of(Weights::open(data_dir() / "multistyle/odd_67x49.safetensors"));
  FrameSpec spec = spec_for(picture, models);
  spec.apply = Apply::frame;
  std::vector<float> style(26);
  style[7] = 1;
  const NetRun painted = run_net(*spec.style_net, models.multistyle, picture, style, Precision::fp32);
  CHECK(run_rgb(spec, picture).front() == to_bytes(painted.output.cropped(picture.h, picture.w), 255, false));

  const Weights weights = formula_weights(find_net("transform_net").weight_table());
  spec.style_net = &find_net("transform_net");
  spec.style_weights = &weights;
  spec.border = Border::none;
  const NetRun other = run_net(*spec.style_net, weights, picture, {}, Precision::fp32);
  CHECK(run_rgb(spec, picture).front() == to_bytes(other.output.cropped(picture.h, picture.w), 1, true));
}

TEST_CASE("frames smaller than the net's least size are extended by their edge, painted and cropped") {
  const Models models;
  const auto [height, width] = GENERATE(std::pair{1, 1}, std::pair{3, 5}, std::pair{5, 2}, std::pair{4, 60});
  const Picture picture{height, width, random_bytes(static_cast<std::size_t>(height * width) * 3, 5)};
  Picture extended{std::max(height, 5), std::max(width, 5), {}};
  for (int y = 0; y < extended.h; ++y) {
    for (int x = 0; x < extended.w; ++x) {
      const int at = (std::min(y, height - 1) * width + std::min(x, width - 1)) * 3;
      extended.rgb.insert(extended.rgb.end(), picture.rgb.begin() + at, picture.rgb.begin() + at + 3);
    }
  }
  FrameSpec spec = spec_for(picture, models);
  spec.apply = Apply::frame;
  std::vector<float> style(26);
  style[7] = 1;
  const NetRun painted = run_net(*spec.style_net, models.multistyle, extended, style, Precision::fp32);
  CHECK(run_rgb(spec, picture).front() == to_bytes(painted.output.cropped(height, width), 255, false));
}

TEST_CASE("the matte of a portrait holds the person and not the corners") {
  const Models models;
  const Picture picture = portrait();
  const Bytes matte = run_rgb(spec_for(picture, models), picture).back();
  const auto at = [&](double y, double x) {
    return matte.at(static_cast<std::size_t>(y * picture.h) * static_cast<std::size_t>(picture.w) +
                    static_cast<std::size_t>(x * picture.w));
  };
  CHECK(at(0.3, 0.45) == 255);  // face
  CHECK(at(0.9, 0.4) == 255);   // chest
  CHECK(at(0.05, 0.05) == 0);
  CHECK(at(0.05, 0.95) == 0);
}

TEST_CASE("who is painted, what is behind: the layers add up") {
  const Models models;
  const Picture picture = portrait();
  const Bytes behind = random_bytes(picture.rgb.size(), 9);
  FrameSpec spec = spec_for(picture, models);
  spec.strength = 0.7F;
  spec.colour = {10, 200, 90};
  spec.view = View::styled;
  const Bytes painted = run_rgb(spec, picture).front();  // at strength 0.7
  spec.view = View::comp;
  for (const Apply apply : {Apply::person, Apply::background, Apply::frame}) {
    for (const Behind layer : {Behind::original, Behind::styled, Behind::colour, Behind::picture}) {
      INFO(fmt::format("apply {} behind {}", static_cast<int>(apply), static_cast<int>(layer)));
      spec.apply = apply;
      spec.behind = layer;
      const std::vector<Bytes> result = run_rgb(spec, picture, behind);
      const double e = error(result.front(), result.back(), [&](std::size_t i, double m) {
        const double person = apply == Apply::background ? picture.rgb[i] : painted[i];
        double back = apply == Apply::person ? picture.rgb[i] : painted[i];
        if (layer == Behind::styled) back = painted[i];
        if (layer == Behind::colour) back = spec.colour.at(i % 3);
        if (layer == Behind::picture) back = behind[i];
        return mixed(m, person, back);
      });
      CHECK(e <= 1.6);  // roundings: half a level of the tile, half of the painted picture, half of the matte's 255
    }
  }
}

TEST_CASE("views show input, matte, cut-out and result side by side") {
  const Models models;
  const Picture picture = portrait();
  FrameSpec spec = spec_for(picture, models);
  const Bytes comp = run_rgb(spec, picture).front();
  spec.view = View::styled;
  const Bytes painted = run_rgb(spec, picture).front();
  spec.view = View::matte;
  const Bytes matte = run_rgb(spec, picture).front();
  spec.view = View::side;
  const std::vector<Bytes> side = run_rgb(spec, picture);
  REQUIRE(side.size() == 3);
  CHECK(side[0] == picture.rgb);
  CHECK(side[1] == comp);
  spec.view = View::four_up;
  const std::vector<Bytes> four = run_rgb(spec, picture);
  REQUIRE(four.size() == 5);
  CHECK(four[0] == picture.rgb);
  CHECK(four[1] == matte);
  CHECK(error(four[1], four[4], [](std::size_t, double m) { return 255 * m; }) == 0);
  CHECK(error(four[2], four[4], [&](std::size_t i, double m) { return m * painted[i]; }) <= 1.6);
  CHECK(four[3] == comp);
}

TEST_CASE("without a matte net the matte shows as white") {
  const Models models;
  const Picture picture = portrait();
  FrameSpec spec = spec_for(picture, models);
  spec.matte_net = nullptr;
  spec.view = View::matte;
  CHECK(run_rgb(spec, picture).front() == Bytes(picture.rgb.size(), 255));
}

TEST_CASE("frames of every small size and of thin shapes run") {
  const Models models;
  const auto [height, width] = GENERATE(std::pair{1, 1}, std::pair{3, 5}, std::pair{16, 16}, std::pair{1, 300},
                                        std::pair{256, 256}, std::pair{301, 9});
  const Picture picture{height, width, random_bytes(static_cast<std::size_t>(height * width) * 3, 3)};
  FrameSpec spec = spec_for(picture, models);
  spec.view = View::four_up;
  spec.matte_feather = 1.5F;
  const std::vector<Bytes> tiles = run_rgb(spec, picture);
  REQUIRE(tiles.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) CHECK(tiles[i].size() == picture.rgb.size());
  CHECK(tiles[0] == picture.rgb);
  for (std::size_t i = 0; i < tiles[3].size(); ++i) {
    if (tiles[4][i / 3] == 0) CHECK(std::abs(tiles[3][i] - picture.rgb[i]) <= 1);  // a matte under 1/510 reads as 0
  }
}

TEST_CASE("a yuv frame in bf16 or fp32 looks the same") {
  if (!make_backend()->supports(Precision::bf16)) SKIP_CASE("this device has no bf16");
  const Models models;
  const Picture picture = portrait();
  const PixelFormat yuv{
      .model = Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1, .range = PixelFormat::Range::limited};
  FrameSpec spec = spec_for(picture, models);
  spec.in = spec.out = yuv;
  std::vector<float> luma[2];
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    spec.style_precision = precision;
    Frame frame(spec);
    Bytes y;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
      y.push_back(static_cast<std::uint8_t>(16 + picture.rgb[i] / 2));
    frame.fill(frame.graph().in[0], y);
    for (const std::size_t plane : {1U, 2U})
      frame.fill(frame.graph().in[plane], Bytes(frame.read(frame.graph().in[plane]).size(), 128));
    frame.run();
    const Bytes out = frame.read(frame.graph().tiles.front()[0]);
    luma[precision == Precision::bf16 ? 1 : 0].assign(out.begin(), out.end());
  }
  CHECK(psnr(luma[0], luma[1], 255) >= 43);
}
