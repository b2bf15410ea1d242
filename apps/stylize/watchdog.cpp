#include "apps/stylize/watchdog.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace impasto::stylize {
namespace {

// Values of a net that differ by less are the same: float32's rounding differs from pixel to pixel of a convolution.
// Of what spans 0..1; a picture of 8 bits has steps 400 times as large.
constexpr float kSame = 1e-5F;

// One channel's, of the three numbers that lie at 3 c.
struct Extent {
  float least, largest, others;
};
Extent extent(std::span<const float> told, std::size_t c) {
  return {told[3 * c], told[3 * c + 1], told[3 * c + 2]};
}

// Whether no channel has values that differ by more than `limit`.
bool is_constant(std::span<const float> told, float limit) {
  for (std::size_t c = 0; c < told.size() / 3; ++c) {
    const Extent e = extent(told, c);
    if (e.largest - e.least > limit) return false;
  }
  return true;
}

void require_finite(const std::string& net, const std::string& place, std::span<const float> made) {
  float others = 0;
  for (std::size_t c = 0; c < made.size() / 3; ++c) others += extent(made, c).others;
  if (others > 0) fail("{}: the net {} gave {:.0f} values that are NaN or infinite", place, net, others);
}

[[noreturn]] void reject_constant(const std::string& net, const std::string& place, std::span<const float> made,
                                  float scale) {
  std::string values;
  for (std::size_t c = 0; c < made.size() / 3; ++c) values += fmt::format("{:.4g} ", extent(made, c).least * scale);
  fail("{}: the net {} gave {}everywhere, for an input that is not the same everywhere", place, net, values);
}

}  // namespace

std::string frame_text(std::size_t number, std::optional<double> seconds) {
  return seconds ? fmt::format("frame {} at {:.3f} s", number, *seconds) : fmt::format("frame {}", number);
}

void check_made(const std::string& net, const std::string& place, std::span<const float> seen,
                std::span<const float> made, float scale, bool matte) {
  require_finite(net, place, made);
  if (!is_constant(made, kSame * (matte ? 1 : 255) / scale) || is_constant(seen, 0)) return;
  const bool empty_or_full = made[1] <= kSame || made[0] >= 1 - kSame;
  if (!matte || !empty_or_full) reject_constant(net, place, made, scale);
}

void check_values(const std::string& net, const std::string& place, bool varied, std::span<const float> values) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::array<float, 3> told{kInfinity, -kInfinity, 0};
  for (const float value : values) {
    if (!std::isfinite(value)) {
      ++told[2];
    } else {
      told[0] = std::min(told[0], value);
      told[1] = std::max(told[1], value);
    }
  }
  require_finite(net, place, told);
  if (varied && is_constant(told, kSame)) reject_constant(net, place, told, 1);
}

bool is_varied(const media::Picture& picture) {
  const std::vector<Shape> shapes = picture.format.plane_shapes(picture.height, picture.width);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const std::vector<std::byte>& plane = picture.planes.at(i);
    const std::size_t pixel = static_cast<std::size_t>(shapes[i].c) * size_of(picture.format.dtype());
    if (std::memcmp(plane.data(), plane.data() + pixel, plane.size() - pixel) != 0) return true;
  }
  return false;
}

}  // namespace impasto::stylize
