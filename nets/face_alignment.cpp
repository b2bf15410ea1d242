#include "nets/face_alignment.h"

#include "runtime/error.h"
#include "runtime/mapped_file.h"

#include <charconv>
#include <cmath>

namespace impasto {
namespace {

// Points are as good as on a line if they spread so much less across it than along it (variances).
constexpr double kLeastSpread = 1e-6;
constexpr double kFarthest = 1e6;  // that a landmark may be from the picture's corner, in pixels

Point mean_of(std::span<const Point> points) {
  Point sum;
  for (const Point& p : points) sum = {sum.x + p.x, sum.y + p.y};
  const auto n = static_cast<double>(points.size());
  return {sum.x / n, sum.y / n};
}

// Landmarks first .. first + count - 1, of which the mean is taken.
struct Range {
  std::size_t first, count;
};
// In the 68-point order (Sagonas et al., "300 Faces in-the-Wild", 2013) 0..16 are the jaw, 17..26 the brows, 27..30 the
// bridge of the nose down to its tip, 31..35 its base, 36..41 and 42..47 the right and left eye, 48..59 the outer lips,
// 60..67 the inner ones.
constexpr std::array kOf68{Range{36, 6}, Range{42, 6}, Range{30, 1}, Range{48, 12}};
constexpr std::size_t kJaw = 17;  // which the 49 do without; they have two corners of the inner lips less

constexpr std::string_view kBetween = " \t\r,";

// The next number of the line, or nothing.
std::optional<double> number(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBetween), line.size()));
  double value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  const bool alone = line.empty() || line.find_first_of(kBetween) == 0;
  return alone && std::abs(value) <= kFarthest ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Affine> fit_affine(std::span<const Point> from, std::span<const Point> to) {
  if (from.size() != to.size()) fail("{} points are to be mapped to {}, expected as many", from.size(), to.size());
  if (from.size() < 3) return std::nullopt;
  const Point p0 = mean_of(from);
  const Point q0 = mean_of(to);
  double xx = 0, xy = 0, yy = 0;          // sums of squares and products of p - p0
  double ux = 0, uy = 0, vx = 0, vy = 0;  // and of q - q0 with them
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double x = from[i].x - p0.x, y = from[i].y - p0.y;
    const double u = to[i].x - q0.x, v = to[i].y - q0.y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    ux += u * x;
    uy += u * y;
    vx += v * x;
    vy += v * y;
  }
  const double determinant = xx * yy - xy * xy;
  if (!(determinant > kLeastSpread * (xx + yy) * (xx + yy))) return std::nullopt;
  const double a = (ux * yy - uy * xy) / determinant, b = (uy * xx - ux * xy) / determinant;
  const double c = (vx * yy - vy * xy) / determinant, d = (vy * xx - vx * xy) / determinant;
  return Affine{a, b, q0.x - a * p0.x - b * p0.y, c, d, q0.y - c * p0.x - d * p0.y};
}

std::vector<Point> key_points_of_landmarks(std::span<const Point> landmarks) {
  if (landmarks.size() == 6) return {landmarks.begin(), landmarks.end()};
  if (landmarks.size() != 49 && landmarks.size() != 68) {
    fail(
        "the weights have {} canonical landmarks, and key points of a face are known only among 6, 49 or 68: expected "
        "--landmarks FILE",
        landmarks.size());
  }
  std::vector<Point> points;
  for (const auto [first, count] : kOf68) {
    points.push_back(mean_of(landmarks.subspan(landmarks.size() == 68 ? first : first - kJaw, count)));
  }
  return points;
}

std::array<float, 8> face_input(const std::optional<Affine>& map) {
  std::array<float, 8> values{};
  if (!map) return values;
  for (std::size_t i = 0; i < map->size(); ++i) values.at(i) = static_cast<float>(map->at(i));
  values[6] = 1;
  return values;
}

std::vector<Point> parse_landmarks(std::string_view text, const std::string& label) {
  std::vector<Point> points;
  for (int count = 1; !text.empty(); ++count) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(kBetween) == std::string_view::npos) continue;
    const auto x = number(line);
    const auto y = number(line);
    if (!x || !y || line.find_first_not_of(kBetween) != std::string_view::npos) {
      fail("{}: line {}: expected the two numbers x y of a landmark, in pixels", label, count);
    }
    points.push_back({*x, *y});
  }
  if (points.empty()) fail("{}: has no landmarks, expected lines of x y", label);
  return points;
}

std::vector<Point> read_landmarks(const std::filesystem::path& file) {
  const MappedFile mapping(file);
  const auto bytes = mapping.bytes();
  return parse_landmarks({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

}  // namespace impasto
