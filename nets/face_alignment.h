// How a face lies in a picture: the affine map from the picture to the frame of the canonical landmarks, which the net
// portrait_fcn+ wants. docs/face.md has the formulas.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

struct Point {
  double x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

// (x, y) -> (a[0] x + a[1] y + a[2], a[3] x + a[4] y + a[5]).
using Affine = std::array<double, 6>;

// The map that takes `from` to `to` with the least sum of squared distances; they are of the same number. None if the
// points of `from` are fewer than three, or lie on a line as good as.
[[nodiscard]] std::optional<Affine> fit_affine(std::span<const Point> from, std::span<const Point> to);

// Which landmarks answer to the first key points of a face (KeyPoint), as their means: of 49 (the order of Saragih's
// face tracker without the jaw) or 68 landmarks those of eyes, nose tip and mouth centre, so four points; of 6 all, as
// they are. Throws Error that asks for landmarks of the picture if there are as many as of none of these.
[[nodiscard]] std::vector<Point> key_points_of_landmarks(std::span<const Point> landmarks);

// What the graph input `face` is told (nets/portrait_fcn.h): the map, one-based on both sides, and 1; or zeros.
[[nodiscard]] std::array<float, 8> face_input(const std::optional<Affine>& map);

// A one-based point of a picture of width x height as it lies where that is seen as seen_width x seen_height.
struct Seen {
  int width, height, seen_width, seen_height;
  [[nodiscard]] Point operator()(const Point& p) const {
    return {(p.x - 0.5) * seen_width / width + 0.5, (p.y - 0.5) * seen_height / height + 0.5};
  }
};

// Text with a point a line, "x y" or "x, y"; empty lines, and what follows a #, count for nothing. Throws Error that
// names label, line and what was expected.
[[nodiscard]] std::vector<Point> parse_landmarks(std::string_view text, const std::string& label);
[[nodiscard]] std::vector<Point> read_landmarks(const std::filesystem::path& file);

}  // namespace impasto
