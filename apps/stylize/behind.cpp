#include "apps/stylize/behind.h"

#include "apps/stylize/numbers.h"
#include "runtime/error.h"

#include <charconv>

namespace impasto::stylize {
namespace {

constexpr float kLargestBlur = 1000;  // pixels

float parse_radius(const std::string& flag, const std::string& text) {
  float radius = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + text.find(':') + 1, end, radius);
  if (error != std::errc() || rest != end || !(radius > 0 && radius <= kLargestBlur)) {
    fail_usage("{} {}: expected blur:R, R in pixels above 0 and up to {}", flag, text, kLargestBlur);
  }
  return radius;
}

}  // namespace

void parse_behind(const std::string& flag, const std::string& text, Options& options) {
  if (text.empty()) fail_usage("{}: expected {}", flag, kBehindInWords);
  if (text == "original") {
    options.behind = Behind::original;
  } else if (text == "styled") {
    options.behind = Behind::styled;
  } else if (text == "blur" || text.starts_with("blur:")) {
    options.behind = Behind::blur;
    options.blur_radius = text == "blur" ? 0 : parse_radius(flag, text);
  } else if (text[0] == '#') {
    options.behind = Behind::colour;
    options.colour = parse_colour(flag, text);
  } else {
    options.behind = Behind::picture;
    options.behind_file = text;
  }
}

}  // namespace impasto::stylize
