#include "nets/face_detection.h"

#include "nets/face.h"

#include <algorithm>
#include <cmath>

namespace impasto {
namespace {

constexpr double kLeastScore = 0.5;
constexpr double kSameFace = 0.3;      // overlap (intersection over union) above which two boxes are of one face
constexpr double kLargestLogit = 100;  // what a score is clipped to before the logistic function

double overlap(const Face& a, const Face& b) {
  const double w = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (!(w > 0 && h > 0)) return 0;
  return w * h / (a.area() + b.area() - w * h);
}

// The boxes of one map of cells x cells pixels, in units of the letterbox (0..1 across it). The net gives distances
// from the anchor, the middle of its cell, in pixels of its input.
void decode_map(std::span<const float> scores, std::span<const float> boxes, int cells, std::vector<Face>& faces) {
  const int anchors = static_cast<int>(scores.size()) / (cells * cells);
  for (int i = 0; i < static_cast<int>(scores.size()); ++i) {
    const double logit =
        std::clamp(static_cast<double>(scores[static_cast<std::size_t>(i)]), -kLargestLogit, kLargestLogit);
    Face face{.score = 1 / (1 + std::exp(-logit))};
    if (!(face.score >= kLeastScore)) continue;
    const int cell = i / anchors;
    const std::span<const float> numbers =
        boxes.subspan(static_cast<std::size_t>(i) * kFaceAnchorNumbers, kFaceAnchorNumbers);
    const auto length = [&](std::size_t at) { return static_cast<double>(numbers[at]) / kFaceSide; };
    const auto point = [&](std::size_t at) {
      return Point{length(at) + (cell % cells + 0.5) / cells, length(at + 1) + (cell / cells + 0.5) / cells};
    };
    const Point centre = point(0);
    const double width = length(2), height = length(3);
    if (!(width >= 0 && height >= 0)) continue;
    face.left = centre.x - width / 2;
    face.right = centre.x + width / 2;
    face.top = centre.y - height / 2;
    face.bottom = centre.y + height / 2;
    for (std::size_t k = 0; k < kKeyPoints; ++k) face.points.at(k) = point(4 + 2 * k);
    faces.push_back(face);
  }
}

// The mean of the faces, weighted by their scores; the first one's score.
Face weighted_mean(std::span<const Face> faces) {
  Face mean{.score = faces.front().score};
  double total = 0;
  for (const Face& face : faces) {
    total += face.score;
    mean.left += face.score * face.left;
    mean.top += face.score * face.top;
    mean.right += face.score * face.right;
    mean.bottom += face.score * face.bottom;
    for (std::size_t k = 0; k < kKeyPoints; ++k) {
      mean.points.at(k).x += face.score * face.points.at(k).x;
      mean.points.at(k).y += face.score * face.points.at(k).y;
    }
  }
  for (double* value : {&mean.left, &mean.top, &mean.right, &mean.bottom}) *value /= total;
  for (Point& p : mean.points) p = {p.x / total, p.y / total};
  return mean;
}

// Non-maximum suppression: the surest candidate and all that overlap it become one face, until none is left.
std::vector<Face> merge(std::vector<Face> candidates) {
  std::ranges::stable_sort(candidates, std::ranges::greater(), &Face::score);
  std::vector<Face> faces;
  while (!candidates.empty()) {
    const Face surest = candidates.front();
    const auto rest = std::stable_partition(candidates.begin() + 1, candidates.end(),
                                            [&](const Face& face) { return overlap(face, surest) > kSameFace; });
    faces.push_back(weighted_mean({candidates.begin(), rest}));
    candidates.erase(candidates.begin(), rest);
  }
  return faces;
}

}  // namespace

std::vector<Face> decode_faces(const FaceValues& values, int height, int width) {
  std::vector<Face> candidates;
  decode_map(values.scores_8, values.boxes_8, kFaceSide / 8, candidates);
  decode_map(values.scores_16, values.boxes_16, kFaceSide / 16, candidates);
  std::vector<Face> faces = merge(std::move(candidates));

  const double side = std::max(height, width);
  const auto x = [&](double at) { return at * side - (side - width) / 2; };
  const auto y = [&](double at) { return at * side - (side - height) / 2; };
  for (Face& face : faces) {
    face.left = x(face.left);
    face.right = x(face.right);
    face.top = y(face.top);
    face.bottom = y(face.bottom);
    for (Point& p : face.points) p = {x(p.x), y(p.y)};
  }
  return faces;
}

std::optional<Face> largest_face(std::span<const Face> faces) {
  const auto largest = std::ranges::max_element(faces, {}, &Face::area);
  return largest == faces.end() ? std::nullopt : std::optional(*largest);
}

}  // namespace impasto
