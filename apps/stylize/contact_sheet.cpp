#include "apps/stylize/contact_sheet.h"

#include "apps/stylize/cover.h"
#include "apps/stylize/files.h"
#include "apps/stylize/painter.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

#include <stb/stb_easy_font.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace impasto::stylize {
namespace {

constexpr int kLongSide = 240;  // of a tile
constexpr int kLabel = 22;      // rows below a tile
constexpr int kGap = 6;
constexpr int kColumns = 6;

media::Picture blank(int height, int width, std::byte value) {
  media::Picture picture;
  picture.height = height;
  picture.width = width;
  picture.planes = {std::vector<std::byte>(static_cast<std::size_t>(height) * width * 3, value)};
  return picture;
}

// Sky, sun, hills and a striped field: something of every size and colour to paint.
media::Picture own_picture() {
  media::Picture picture = blank(180, kLongSide, std::byte{0});
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const double u = static_cast<double>(x) / picture.width;
      const double v = static_cast<double>(y) / picture.height;
      const double hill = 0.55 + 0.12 * std::sin(7 * u) + 0.05 * std::sin(19 * u + 1);
      const double field = 0.78 + 0.05 * std::sin(4 * u + 2);
      std::array<double, 3> colour{90 + 140 * v, 140 + 90 * v, 235 - 20 * v};
      if (std::hypot(u - 0.72, (v - 0.28) * 0.75) < 0.09) colour = {255, 236, 150};
      if (v > hill) colour = {40 + 60 * u, 90 + 50 * v, 70};
      if (v > field) {
        const bool stripe = std::sin(60 * (u - 0.5) / (v - 0.5)) > 0;
        colour = stripe ? std::array<double, 3>{205, 170, 80} : std::array<double, 3>{150, 105, 60};
      }
      for (std::size_t c = 0; c < 3; ++c) {
        picture.planes[0][(static_cast<std::size_t>(y) * picture.width + x) * 3 + c] =
            static_cast<std::byte>(colour[c]);
      }
    }
  }
  return picture;
}

media::Picture scaled(const media::Picture& picture) {
  const double scale = static_cast<double>(kLongSide) / std::max(picture.width, picture.height);
  media::Picture small;
  small.height = std::max(1, static_cast<int>(std::lround(picture.height * scale)));
  small.width = std::max(1, static_cast<int>(std::lround(picture.width * scale)));
  small.planes = {cover(picture, small.height, small.width)};
  return small;
}

void paste(const media::Picture& tile, media::Picture& sheet, int top, int left) {
  const std::size_t row = static_cast<std::size_t>(tile.width) * 3;
  for (int y = 0; y < tile.height; ++y) {
    std::memcpy(sheet.planes[0].data() + (static_cast<std::size_t>(top + y) * sheet.width + left) * 3,
                tile.planes[0].data() + y * row, row);
  }
}

// stb_easy_font gives the strokes of its letters as upright rectangles of four corners each.
void write_text(std::string text, media::Picture& sheet, int top, int left) {
  struct Corner {
    float x, y, z;
    std::uint8_t colour[4];
  };
  std::vector<Corner> corners(4096);
  const int rectangles = stb_easy_font_print(0, 0, text.data(), nullptr, corners.data(),
                                             static_cast<int>(corners.size() * sizeof(Corner)));
  for (int i = 0; i < rectangles; ++i) {
    const Corner& from = corners[static_cast<std::size_t>(i) * 4];
    const Corner& to = corners[static_cast<std::size_t>(i) * 4 + 2];
    for (int y = static_cast<int>(from.y); y < static_cast<int>(to.y); ++y) {
      for (int x = static_cast<int>(from.x); x < static_cast<int>(to.x); ++x) {
        if (top + y >= sheet.height || left + x >= sheet.width) continue;
        const std::size_t at = (static_cast<std::size_t>(top + y) * sheet.width + left + x) * 3;
        std::fill_n(sheet.planes[0].begin() + static_cast<std::ptrdiff_t>(at), 3, std::byte{0});
      }
    }
  }
}

}  // namespace

void write_contact_sheet(const Options& options, Progress& progress) {
  const media::Say say = [&](const std::string& text) { progress.remark(text); };
  check_output(options.contact_sheet, options, media::FileKind::image);
  const media::Picture picture = scaled(options.input.empty() ? own_picture() : media::read_image(options.input, say));

  const int styles = find_net(kBuiltInNet).styles;
  Setup setup;
  setup.device = open_device(options.device, {options.threads, options.rungs});
  setup.precision = choose_precision(options.precision, *setup.device);
  setup.style = load_style(parse_style("0", styles), {}, {});
  setup.style.over_time.clear();  // each is chosen below
  Options whole;                  // every pixel painted, no matte
  whole.apply = Apply::frame;
  Painter painter(whole, setup, picture.height, picture.width, picture.format, picture.format);

  const int rows = (styles + 1 + kColumns - 1) / kColumns;
  const int step_x = std::max(picture.width, kLongSide) + kGap;  // room for the label
  const int step_y = picture.height + kLabel + kGap;
  media::Picture sheet = blank(rows * step_y + kGap, kColumns * step_x + kGap, std::byte{255});
  const auto add = [&](int place, const media::Picture& tile, const std::string& label) {
    const int top = kGap + place / kColumns * step_y;
    const int left = kGap + place % kColumns * step_x;
    paste(tile, sheet, top, left);
    write_text(label, sheet, top + tile.height + 6, left);
  };
  add(0, picture, "input");
  for (const StyleLook& style : style_looks()) {
    media::Picture frame = picture;
    media::Picture painted;
    SidePictures none;
    painter.mix(parse_style(std::to_string(style.index), styles).blends.front().shares);
    painter.paint(frame, painted, none);
    add(style.index + 1, painted, fmt::format("{}: {}", style.index, style.look));
  }
  media::write_image(options.contact_sheet, sheet, say);
}

}  // namespace impasto::stylize
