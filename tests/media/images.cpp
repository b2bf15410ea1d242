// Pictures in and out: EXIF's eight ways to lie, PNG of every kind, JPEG.
#include "tests/media/tools.h"

#include <fstream>

using namespace impasto;
using namespace impasto::test;

namespace {

const media::Say silent = [](const std::string&) {};

// A picture whose pixels all differ.
media::Picture numbered(int width, int height, bool alpha = false) {
  media::Picture picture;
  picture.width = width;
  picture.height = height;
  picture.planes.emplace_back(static_cast<std::size_t>(width) * height * 3);
  for (std::size_t i = 0; i < picture.planes[0].size(); ++i) picture.planes[0][i] = static_cast<std::byte>(i * 37);
  if (alpha) picture.alpha.resize(static_cast<std::size_t>(width) * height);
  for (std::size_t i = 0; i < picture.alpha.size(); ++i) picture.alpha[i] = static_cast<std::byte>(i * 5);
  return picture;
}

// Puts an EXIF segment with an orientation behind a JPEG's first marker.
void orient(const std::filesystem::path& file, int orientation) {
  std::ifstream in(file, std::ios::binary);
  std::string jpeg((std::istreambuf_iterator<char>(in)), {});
  std::string exif("Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 32);
  exif[6 + 8 + 2 + 9] = static_cast<char>(orientation);
  const auto length = static_cast<char>(exif.size() + 2);
  jpeg.insert(2, std::string("\xFF\xE1\0", 3) + length + exif);
  std::ofstream(file, std::ios::binary) << jpeg;
}

}  // namespace

TEST_CASE("PNG pictures come back bit for bit, with and without alpha") {
  const bool alpha = GENERATE(false, true);
  const auto [width, height] = GENERATE(table<int, int>({{1, 1}, {16, 16}, {37, 23}, {40000, 10}}));
  const TempDir folder;
  const media::Picture in = numbered(width, height, alpha);
  Said said;
  media::write_image(folder / "out.png", in, said.say());
  CHECK(media::recognise(folder / "out.png") == media::FileKind::image);
  const media::Picture out = media::read_image(folder / "out.png", said.say());
  CHECK(out.width == width);
  CHECK(out.height == height);
  CHECK(out.planes == in.planes);
  CHECK(out.alpha == in.alpha);
  CHECK(out.format == PixelFormat{});
  CHECK(said.lines.empty());
  CHECK_FALSE(has_partial_files(folder.path()));
}

TEST_CASE("A grey picture is written as grey and read as RGB") {
  const TempDir folder;
  media::Picture grey = numbered(5, 3);
  grey.format.model = PixelFormat::Model::grey;
  grey.planes[0].resize(15);
  media::write_image(folder / "out.png", grey, silent);
  const media::Picture out = media::read_image(folder / "out.png", silent);
  for (std::size_t i = 0; i < 45; ++i) CHECK(out.planes[0][i] == grey.planes[0][i / 3]);
  CHECK(out.alpha.empty());
}

TEST_CASE("JPEG is close, drops alpha with a remark, and has its limit") {
  const TempDir folder;
  media::Picture flat = numbered(24, 16, true);
  std::fill(flat.planes[0].begin(), flat.planes[0].end(), std::byte{200});
  Said said;
  media::write_image(folder / "out.JPG", flat, said.say());
  CHECK(said.has("alpha"));
  const media::Picture out = media::read_image(folder / "out.JPG", said.say());
  CHECK(out.alpha.empty());
  for (const std::byte v : out.planes[0]) CHECK(std::abs(std::to_integer<int>(v) - 200) <= 2);
  const auto write = [&] { media::write_image(folder / "wide.jpg", numbered(70000, 1), silent); };
  CHECK(thrown_by(write).message.find("65535") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "wide.jpg"));
}

TEST_CASE("EXIF orientations 1 to 8 are honoured") {
  const int orientation = GENERATE(range(1, 9));
  CAPTURE(orientation);
  const TempDir folder;
  // Four quarters of 16 x 16 pixels, so that compression leaves them apart: red, green, blue, white, row by row.
  media::Picture in = numbered(32, 48);
  const auto colour = [](int x, int y, int width, int height) {
    const int quarter = (y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0);
    return std::array<int, 3>{quarter == 0 || quarter == 3 ? 255 : 0, quarter == 1 || quarter == 3 ? 255 : 0,
                              quarter >= 2 ? 255 : 0};
  };
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 32; ++x) {
      for (int c = 0; c < 3; ++c) {
        in.planes[0][static_cast<std::size_t>((y * 32 + x) * 3 + c)] =
            static_cast<std::byte>(colour(x, y, 32, 48)[static_cast<std::size_t>(c)]);
      }
    }
  }
  media::write_image(folder / "in.jpg", in, silent);
  orient(folder / "in.jpg", orientation);
  const media::Picture out = media::read_image(folder / "in.jpg", silent);
  const bool turned = orientation >= 5;
  REQUIRE(out.width == (turned ? 48 : 32));
  REQUIRE(out.height == (turned ? 32 : 48));
  // Which quarter of the file shows at top left and at top right.
  constexpr std::array<std::array<int, 2>, 9> kTop{
      {{}, {0, 1}, {1, 0}, {3, 2}, {2, 3}, {0, 2}, {2, 0}, {3, 1}, {1, 3}}};
  const auto shown = [&](int x, int y) {
    const auto at = static_cast<std::size_t>((y * out.width + x) * 3);
    std::array<bool, 3> rgb{};
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = std::to_integer<int>(out.planes[0][at + c]) > 128;
    return rgb == std::array{true, false, false}   ? 0
           : rgb == std::array{false, true, false} ? 1
           : rgb == std::array{false, false, true} ? 2
                                                   : 3;
  };
  CHECK(shown(4, 4) == kTop[static_cast<std::size_t>(orientation)][0]);
  CHECK(shown(out.width - 5, 4) == kTop[static_cast<std::size_t>(orientation)][1]);
}

TEST_CASE("PNG files of other programs: grey, palette, alpha, 16 bits") {
  NEED_FFMPEG();
  const auto [format, alpha, deep] = GENERATE(table<std::string, bool, bool>({{"rgb24", false, false},
                                                                              {"rgba", true, false},
                                                                              {"gray", false, false},
                                                                              {"ya8", true, false},
                                                                              {"monob", false, false},
                                                                              {"rgb48be", false, true},
                                                                              {"rgba64be", true, true},
                                                                              {"gray16be", false, true},
                                                                              {"ya16be", true, true}}));
  CAPTURE(format);
  const TempDir folder;
  ffmpeg("-f lavfi -i testsrc2=s=40x30 -frames:v 1 -pix_fmt " + format + " '" + (folder / "in.png").string() + "'");
  Said said;
  const media::Picture picture = media::read_image(folder / "in.png", said.say());
  CHECK(picture.width == 40);
  CHECK(picture.height == 30);
  CHECK(picture.alpha.empty() != alpha);
  CHECK(said.has("16 bits") == deep);
  CHECK(picture.planes[0].size() == 40 * 30 * 3);
  if (!deep) {
    const std::string raw =
        output_of("ffmpeg -v error -i '" + (folder / "in.png").string() + "' -pix_fmt rgb24 -f rawvideo -");
    CHECK(std::equal(raw.begin(), raw.end(), picture.planes[0].begin(), picture.planes[0].end(),
                     [](char a, std::byte b) { return static_cast<std::byte>(a) == b; }));
  }
}

TEST_CASE("A palette PNG and a BMP") {
  NEED_FFMPEG();
  const std::string name = GENERATE("in.png", "in.bmp", "in.gif");
  CAPTURE(name);
  const TempDir folder;
  const std::string format = name == "in.png" ? " -pix_fmt pal8" : "";
  ffmpeg("-f lavfi -i color=red:s=10x6 -frames:v 1" + format + " '" + (folder / name).string() + "'");
  CHECK(media::recognise(folder / name) == media::FileKind::image);
  const media::Picture picture = media::read_image(folder / name, silent);
  CHECK(std::to_integer<int>(picture.planes[0][0]) > 250);
  CHECK(std::to_integer<int>(picture.planes[0][1]) < 5);
}
