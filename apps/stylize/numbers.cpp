#include "apps/stylize/numbers.h"

#include "runtime/error.h"

#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>

namespace impasto::stylize {
namespace {

constexpr double kLongestTime = 1e9;  // seconds; far from where FFmpeg's microseconds overflow

// All of `text` as a T, or nothing. The locale plays no part.
template <typename T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

double parse_number(const std::string& flag, const std::string& text, double low, double high) {
  const auto value = whole<double>(text);
  if (!value || !(*value >= low && *value <= high)) {
    fail_usage("{} {}: expected a number from {} to {}", flag, text, low, high);
  }
  return *value;
}

std::int64_t parse_integer(const std::string& flag, const std::string& text, std::int64_t low, std::int64_t high) {
  const auto value = whole<std::int64_t>(text);
  if (!value || *value < low || *value > high) {
    fail_usage("{} {}: expected a whole number from {} to {}", flag, text, low, high);
  }
  return *value;
}

std::array<std::uint8_t, 3> parse_colour(const std::string& flag, const std::string& text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const bool sized = text.size() == 7 && text[0] == '#';
  const auto parsed = sized ? std::from_chars(text.data() + 1, end, value, 16) : std::from_chars_result{};
  if (!sized || parsed.ec != std::errc() || parsed.ptr != end) {
    fail_usage("{} {}: expected a colour #RRGGBB", flag, text);
  }
  return {static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

double parse_time(const std::string& flag, const std::string& text) {
  double seconds = 0;
  int parts = 0;
  for (std::size_t from = 0; from <= text.size(); ++parts) {
    const std::size_t colon = std::min(text.find(':', from), text.size());
    const bool last = colon == text.size();
    const std::string_view part = std::string_view(text).substr(from, colon - from);
    const std::optional<double> value = last ? whole<double>(part) : std::optional<double>(whole<int>(part));
    const bool in_range = value && *value >= 0 && std::isfinite(*value) && (parts == 0 || *value < 60);
    if (in_range) seconds = seconds * 60 + *value;
    if (!in_range || parts > 2 || seconds > kLongestTime) {
      fail_usage("{} {}: expected a time in seconds or [HH:]MM:SS", flag, text);
    }
    from = colon + 1;
  }
  return seconds;
}

std::pair<int, int> parse_rate(const std::string& flag, const std::string& text) {
  const std::size_t slash = text.find('/');
  double rate = 0;
  std::pair<int, int> fraction;
  if (slash != std::string::npos) {
    const auto n = whole<int>(std::string_view(text).substr(0, slash));
    const auto d = whole<int>(std::string_view(text).substr(slash + 1));
    if (n && d && *n > 0 && *d > 0) {
      fraction = {*n, *d};
      rate = static_cast<double>(*n) / *d;
    }
  } else if (const auto value = whole<double>(text); value && *value > 0 && *value <= 1000) {
    rate = *value;
    fraction = {static_cast<int>(std::lround(rate * 1000)), 1000};
    // 23.976, 29.97 and 59.94 are short for N*1000/1001.
    const double ntsc = std::round(rate * 1.001);
    if (rate != std::round(rate) && std::abs(rate - ntsc / 1.001) < 0.005) {
      fraction = {static_cast<int>(ntsc) * 1000, 1001};
    }
  }
  if (!(rate >= 0.001 && rate <= 1000)) {
    fail_usage("{} {}: expected frames a second, such as 25 or 30000/1001", flag, text);
  }
  const int divisor = std::gcd(fraction.first, fraction.second);
  return {fraction.first / divisor, fraction.second / divisor};
}

std::string parse_bitrate(const std::string& flag, const std::string& text) {
  const std::string_view number(text.data(), text.find_last_not_of("kKMG") + 1);
  const auto value = whole<double>(number);
  if (text.size() > number.size() + 1 || !value || !(*value > 0) || !std::isfinite(*value)) {
    fail_usage("{} {}: expected bits a second, such as 800k or 4M", flag, text);
  }
  return text;
}

}  // namespace impasto::stylize
