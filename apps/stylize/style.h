// What --style names: built-in styles, pictures, or a file of weights for a style net. And what --matte names.
#pragma once

#include "nets/net.h"
#include "runtime/weights.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace impasto::stylize {

// The net whose styles are built in, and the file that is embedded for it.
inline constexpr std::string_view kBuiltInNet = "multistyle";
// The net that paints in the style of a picture.
inline constexpr std::string_view kPictureNet = "arbitrary_transform";

// A style of the built-in net as it looks; the weights themselves carry no names.
struct StyleLook {
  int index;
  std::string_view look;
};
[[nodiscard]] const std::vector<StyleLook>& style_looks();

// What is painted from a time on: a blend, whose shares sum to 1, of built-in styles or of pictures.
struct StyleBlend {
  double start = 0;           // seconds after the first frame
  std::vector<float> shares;  // of each built-in style; empty if it is of pictures
  std::vector<std::pair<std::filesystem::path, float>> pictures;
};

struct StyleSpec {
  std::filesystem::path file;      // weights of a net with one style; if empty:
  std::vector<StyleBlend> blends;  // all of built-in styles or all of pictures; the first at 0, and rising
  [[nodiscard]] bool of_pictures() const { return !blends.empty() && !blends.front().pictures.empty(); }
  [[nodiscard]] std::vector<std::filesystem::path> files() const;  // that will be read
};

// "7", "7:0.6,19:0.4" (shares are divided by their sum; a share left out is 1), "painting.jpg", "a.jpg:0.6,b.png:0.4",
// "FILE.safetensors"; over time "0s:7,5s:19". An index is an index; of what else colons and commas might separate, what
// exists as a file is one name. Throws a usage Error that names index and range, or an Error for a picture that is
// missing. Opens nothing.
[[nodiscard]] StyleSpec parse_style(const std::string& text, int styles, const std::string& flag = "--style");

// The `style` input of a net from a time on.
struct StyleNumbers {
  double start = 0;  // seconds after the first frame
  std::vector<float> numbers;
};

struct LoadedStyle {
  const Net* net = nullptr;
  Weights weights;
  std::vector<StyleNumbers> over_time;  // empty for a net of one style
  bool of_pictures = false;             // the numbers are of pictures
};

// Opens the weights. A file that is not found as a path and has no folder in its name is looked for in `models`, if
// that is not empty. The net of a file is what its metadata ("net") says, else the one whose tensors it has. `describe`
// gives the numbers of a style picture; it is called for those of the spec only.
[[nodiscard]] LoadedStyle load_style(const StyleSpec& spec, const std::filesystem::path& models,
                                     const std::function<std::vector<float>(const std::filesystem::path&)>& describe);

// The weights of a net that are part of the program.
[[nodiscard]] Weights load_embedded(const Net& net);
// Weights of a matte net: the embedded ones, or those of `file`, which is looked for as a style's is. Throws Error if
// they are for another net or do not fit.
[[nodiscard]] Weights load_matte(const Net& net, const std::filesystem::path& file,
                                 const std::filesystem::path& models);

}  // namespace impasto::stylize
