// What the net `face` says, as faces: boxes and key points in the picture. docs/face.md has the formulas, which are
// MediaPipe's.
#pragma once

#include "nets/face_alignment.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace impasto {

// In the order of the net; right and left are the person's own, so the right eye is the one on the left of a picture.
enum class KeyPoint : std::uint8_t { right_eye, left_eye, nose_tip, mouth_centre, right_ear, left_ear };
inline constexpr std::size_t kKeyPoints = 6;

// In pixels of the picture, counted from its top left corner: the first pixel reaches from 0 to 1. May lie outside.
struct Face {
  double score = 0;  // 0..1
  double left = 0, top = 0, right = 0, bottom = 0;
  std::array<Point, kKeyPoints> points{};

  [[nodiscard]] double area() const noexcept { return (right - left) * (bottom - top); }
};

// The values of FaceMaps (nets/face.h), dense NHWC.
struct FaceValues {
  std::span<const float> scores_8, boxes_8, scores_16, boxes_16;
};

// The faces of a picture of height x width that the net saw in its letterbox, the surest first. Anchors with a score of
// at least 0.5 count; those that overlap are one face, their mean weighted by score.
[[nodiscard]] std::vector<Face> decode_faces(const FaceValues& values, int height, int width);

// The face of the largest box; the surer one of two that are equal.
[[nodiscard]] std::optional<Face> largest_face(std::span<const Face> faces);

}  // namespace impasto
