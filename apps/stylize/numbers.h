// Values of flags: each parser throws a usage Error that names the flag, the value and what was expected.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace impasto::stylize {

// A finite number from low to high.
[[nodiscard]] double parse_number(const std::string& flag, const std::string& text, double low, double high);
[[nodiscard]] std::int64_t parse_integer(const std::string& flag, const std::string& text, std::int64_t low,
                                         std::int64_t high);
// "#RRGGBB".
[[nodiscard]] std::array<std::uint8_t, 3> parse_colour(const std::string& flag, const std::string& text);
// Seconds, or [HH:]MM:SS[.fraction], not negative.
[[nodiscard]] double parse_time(const std::string& flag, const std::string& text);
// "25", "29.97" or "30000/1001" as a fraction.
[[nodiscard]] std::pair<int, int> parse_rate(const std::string& flag, const std::string& text);
// Bits a second with an optional k, M or G; checked and returned as it is.
[[nodiscard]] std::string parse_bitrate(const std::string& flag, const std::string& text);

}  // namespace impasto::stylize
