// --bg: what is behind the person.
#pragma once

#include "apps/stylize/options.h"

#include <string>

namespace impasto::stylize {

// What --bg takes.
inline constexpr const char* kBehindInWords = "original, styled, blur[:R], #RRGGBB or the name of a file";

// "original", "styled", "blur", "blur:R", "#RRGGBB" or the name of a file, into `options`. Throws a usage Error.
void parse_behind(const std::string& flag, const std::string& text, Options& options);

}  // namespace impasto::stylize
