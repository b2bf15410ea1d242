// How a frame is painted: --preserve-color, --style-size, --border..
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"

using namespace impasto;
using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = file("in.png");
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  // The whole picture painted, unless `words` say otherwise.
  [[nodiscard]] Image paint(const Image& image, const std::vector<std::string>& words) const {
    write_png(in, image);
    std::vector<std::string> all{in, file("out.png"), "-y"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished done = stylize(all);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(file("out.png"));
  }
};

const std::vector<std::string> kWhole{"-m", "none", "--apply", "frame", "-s", "7"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

double luma(const Image& image, std::size_t pixel) {
  const std::uint8_t* p = &image.samples[3 * pixel];
  return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];
}

// A part of a picture; beyond its edges it is mirrored.
Image part(const Image& image, int top, int left, int height, int width) {
  const auto inside = [](int at, int size) {
    at = std::abs(at);
    return at < size ? at : 2 * (size - 1) - at;
  };
  Image result{height, width, image.channels, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from = inside(top + y, image.height) * image.width + inside(left + x, image.width);
      for (int c = 0; c < image.channels; ++c) result.samples.push_back(image.samples[from * image.channels + c]);
    }
  }
  return result;
}

Image doubled(const Image& image) {
  Image result{2 * image.height, 2 * image.width, 3, {}};
  for (int y = 0; y < result.height; ++y) {
    for (int i = 0; i < result.width * 3; ++i) {
      result.samples.push_back(image.samples[(y / 2 * image.width + i / 6) * 3 + i % 3]);
    }
  }
  return result;
}

// Twice as large, between pixels, with half-pixel centres.
double between(const Image& image, int y, int x, int c) {
  const auto at = [&](int row, int column) {
    row = std::clamp(row, 0, image.height - 1);
    column = std::clamp(column, 0, image.width - 1);
    return static_cast<double>(image.samples[(row * image.width + column) * 3 + c]);
  };
  const double v = (y + 0.5) / 2 - 0.5, u = (x + 0.5) / 2 - 0.5;
  const int row = static_cast<int>(std::floor(v)), column = static_cast<int>(std::floor(u));
  const double fy = v - row, fx = u - column;
  return (1 - fy) * ((1 - fx) * at(row, column) + fx * at(row, column + 1)) +
         fy * ((1 - fx) * at(row + 1, column) + fx * at(row + 1, column + 1));
}

// Weights of transform_net, random.
std::string transform_net(const Fixture& f) {
  const Weights random = Weights::random(find_net("transform_net").weight_table(), 3);
  std::vector<NamedTensor> tensors;
  for (const WeightView& view : random.tensors()) {
    tensors.push_back({view.name, view.dtype, view.shape, {view.data.begin(), view.data.end()}});
  }
  write_safetensors(f.file("net.safetensors"), tensors, {});
  return f.file("net.safetensors");
}

}  // namespace

TEST_CASE("preserved colours: --preserve-color keeps the frame's colours and paints light and dark") {
  const Fixture f;
  const Image image = make_image(37, 50, 3);
  const Image painted = f.paint(image, kWhole);
  const Image kept = f.paint(image, with(kWhole, {"--preserve-color"}));
  for (std::size_t i = 0; i < image.samples.size() / 3; ++i) {
    INFO(i);
    REQUIRE(std::abs(luma(kept, i) - luma(painted, i)) <= 1.2);
    // The frame's hue: R, G and B stand to their luma as they did, all nearer by one factor.
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t a = 3 * i + k, b = 3 * i + (k + 1) % 3;
      const double ca = image.samples[a] - luma(image, i), cb = image.samples[b] - luma(image, i);
      const double cross = (kept.samples[a] - luma(kept, i)) * cb - (kept.samples[b] - luma(kept, i)) * ca;
      REQUIRE(std::abs(cross) <= 1.2 * (std::abs(ca) + std::abs(cb)));
    }
  }
  CHECK(psnr(kept, painted) < 30);
  // As a tile too, and over a part of the frame.
  CHECK(f.paint(image, {"--view", "styled", "-s", "7", "--preserve-color"}).samples == kept.samples);
  CHECK(f.paint(image, with(kWhole, {"--preserve-color", "--strength", "0"})).samples == image.samples);
  const Image behind = f.paint(image, {"-s", "3", "--bg-style", "7", "--preserve-color", "-m", "selfie"});
  CHECK(behind.samples != f.paint(image, {"-s", "3", "--bg-style", "7", "-m", "selfie"}).samples);
}

TEST_CASE("preserved colours: --preserve-color leaves a video's planes of Cb and Cr as they are where there is room") {
  const Fixture f;
  // Pale, so that there is room.
  REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10,eq=saturation=0.2", "-frames:v",
               "2", "-pix_fmt", "yuv444p", "-c:v", "ffv1", f.file("in.mkv")})
              .code == 0);
  const auto planes = [&](const std::string& clip) {
    const std::string raw = f.file("planes.yuv");
    REQUIRE(run({"ffmpeg", "-v", "error", "-y", "-i", clip, "-f", "rawvideo", "-pix_fmt", "yuv444p", raw}).code == 0);
    return read_file(raw);
  };
  const auto chroma_kept = [&](const std::vector<std::string>& words) {
    const std::string out = f.file("out.mkv");
    REQUIRE(stylize(with({f.file("in.mkv"), out, "-y", "-c:v", "ffv1"}, with(kWhole, words))).code == 0);
    const std::string before = planes(f.file("in.mkv")), after = planes(out);
    REQUIRE(before.size() == after.size());
    int same = 0, count = 0;
    const std::size_t plane = 48 * 64;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (i / plane % 3 == 0) continue;
      ++count;
      same += std::abs(static_cast<std::uint8_t>(before[i]) - static_cast<std::uint8_t>(after[i])) <= 1 ? 1 : 0;
    }
    return static_cast<double>(same) / count;
  };
  CHECK(chroma_kept({"--preserve-color"}) > 0.85);
  CHECK(chroma_kept({}) < 0.3);
}

TEST_CASE("a style net's size: --style-size paints at another size and gives the frame's") {
  const Fixture f;
  const Image small = make_image(24, 32, 3);
  const Image image = doubled(small);
  const Image whole = f.paint(image, kWhole);
  CHECK(f.paint(image, with(kWhole, {"--style-size", "64"})).samples == whole.samples);
  // Half the size: the mean of four equal pixels is that pixel.
  const Image coarse = f.paint(image, with(kWhole, {"--style-size", "32", "--precision", "fp32"}));
  const Image painted = f.paint(small, with(kWhole, {"--precision", "fp32"}));
  for (int i = 0; i < 48 * 64 * 3; ++i) {
    REQUIRE(std::abs(coarse.samples[i] - between(painted, i / 3 / 64, i / 3 % 64, i % 3)) <= 1.1);
  }
  CHECK(f.paint(image, with(kWhole, {"--style-size", "100"})).samples != whole.samples);
  for (const auto& [height, width] : {std::pair{1, 1}, {33, 47}, {3, 90}}) {
    for (const char* size : {"1", "7", "46", "61", "200"}) {
      INFO(width << "x" << height << " at " << size);
      const Image out = f.paint(make_image(height, width, 3), {"-s", "5", "--style-size", size, "--border", "extend"});
      CHECK(out.height == height);
      CHECK(out.width == width);
    }
  }
}

TEST_CASE("beyond the edges: --border extend paints beyond the edges what is mirrored there") {
  const Fixture f;
  const Image image = make_image(50, 66, 3);
  const std::vector<std::string> words{"-m", "none", "--apply", "frame", "-s", transform_net(f)};
  const Image none = f.paint(image, with(words, {"--border", "none"}));
  const Image extended = f.paint(image, with(words, {"--border", "extend"}));
  CHECK(f.paint(image, words).samples == extended.samples);
  CHECK(extended.samples != none.samples);
  // 32 pixels on each side, and what makes a multiple of 4 of it.
  const Image wider = f.paint(part(image, -32, -32, 116, 132), with(words, {"--border", "none"}));
  CHECK(part(wider, 32, 32, 50, 66).samples == extended.samples);
  for (const auto& [height, width] : {std::pair{1, 1}, {5, 40}, {33, 34}}) {
    const Image out = f.paint(make_image(height, width, 3), words);
    CHECK(out.height == height);
    CHECK(out.width == width);
  }
  // multistyle mirrors by itself.
  const Image mirrored = f.paint(image, kWhole);
  CHECK(f.paint(image, with(kWhole, {"--border", "none"})).samples == mirrored.samples);
  CHECK(f.paint(image, with(kWhole, {"--border", "extend"})).samples != mirrored.samples);
}

TEST_CASE("painting flags give the same picture on the processor and on the kernels") {
  const Fixture f;
  const Image image = make_image(20, 28, 3);
  for (const auto& words : {std::vector<std::string>{"--preserve-color"},
                            {"--style-size", "17"},
                            {"--style-size", "41"},
                            {"--border", "extend", "--style-size", "24", "--preserve-color", "--bg-style", "3"}}) {
    const auto on = [&](const std::string& device) {
      return f.paint(image, with({"-s", "7", "-d", device, "--precision", "fp32"}, words));
    };
    CHECK(psnr(on("cpu"), on("simt")) >= 40);
  }
}
