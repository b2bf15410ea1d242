// What --style names: built-in styles and their weights, or a file of weights for a style net. And what --matte names.
#pragma once

#include "nets/net.h"
#include "runtime/weights.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::stylize {

// The net whose styles are built in, and the file that is embedded for it.
inline constexpr std::string_view kBuiltInNet = "multistyle";

// A style of the built-in net as it looks; the weights themselves carry no names.
struct StyleLook {
  int index;
  std::string_view look;
};
[[nodiscard]] const std::vector<StyleLook>& style_looks();

struct StyleSpec {
  // Share of each built-in style, sum 1; empty if `file` is given.
  std::vector<float> shares;
  std::filesystem::path file;
};

// "7", "7:0.6,19:0.4" (shares are divided by their sum; a share left out is 1) or "FILE.safetensors". Throws a usage
// Error that names index and range. Reads nothing.
[[nodiscard]] StyleSpec parse_style(const std::string& text, int styles);

struct LoadedStyle {
  const Net* net = nullptr;
  Weights weights;
  std::vector<float> shares;  // as StyleSpec's; empty for a net of one style
};

// Opens the weights. A file that is not found as a path and has no folder in its name is looked for in `models`, if
// that is not empty. The net of a file is what its metadata ("net") says, else the one whose tensors it has.
[[nodiscard]] LoadedStyle load_style(const StyleSpec& spec, const std::filesystem::path& models);

// Weights of a matte net: the embedded ones, or those of `file`, which is looked for as a style's is. Throws Error if
// they are for another net or do not fit.
[[nodiscard]] Weights load_matte(const Net& net, const std::filesystem::path& file,
                                 const std::filesystem::path& models);

}  // namespace impasto::stylize
