// The net `face` and what is made of it, against tests/data/face: LiteRT's scores, MediaPipe's faces.
#pragma once

#include "nets/face.h"
#include "nets/face_detection.h"
#include "runtime/engine.h"
#include "tests/golden/golden.h"

#include <cstring>

namespace impasto::test {

struct FaceRun {
  std::vector<float> scores, boxes;  // in LiteRT's order of anchors
  std::vector<Face> faces;
};

inline FaceRun run_face(Backend& backend, const Picture& picture, const Weights& weights) {
  FaceGraph net = build_face(picture.h, picture.w, PixelFormat{}, weights);
  Engine engine(std::move(net.graph), backend);
  REQUIRE(engine.host(net.in[0]).size() == picture.rgb.size());
  std::memcpy(engine.host(net.in[0]).data(), picture.rgb.data(), picture.rgb.size());
  engine.run();
  const auto values = [&](TensorId id) {
    const std::span<const std::byte> bytes = engine.host(id);
    return std::span(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float));
  };
  const FaceMaps& maps = net.maps;
  const FaceValues all{values(maps.scores_8), values(maps.boxes_8), values(maps.scores_16), values(maps.boxes_16)};
  FaceRun run{{}, {}, decode_faces(all, picture.h, picture.w)};
  for (const auto& part : {all.scores_8, all.scores_16}) run.scores.insert(run.scores.end(), part.begin(), part.end());
  for (const auto& part : {all.boxes_8, all.boxes_16}) run.boxes.insert(run.boxes.end(), part.begin(), part.end());
  return run;
}

// Of what has any size at all: logits of -200 where nothing is like a face are off by float's roundings.
inline void check_logits(std::span<const float> ours, std::span<const float> golden) {
  REQUIRE(ours.size() == golden.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(i << ": " << ours[i] << ", expected " << golden[i]);
    CHECK(std::abs(ours[i] - golden[i]) <= 1e-4F * std::max(1.0F, std::abs(golden[i])));
  }
}

// Scores within `score`; boxes and points within `pixels`.
inline void check_faces(std::span<const Face> ours, std::vector<float> golden, double score, double pixels) {
  if (golden.at(0) == 0) golden.clear();  // a row of zeros: no face
  REQUIRE(ours.size() == golden.size() / 17);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const Face& face = ours[i];
    const std::span<const float> row = std::span(golden).subspan(17 * i, 17);
    CHECK(std::abs(face.score - static_cast<double>(row[0])) <= score);
    std::vector<double> values{face.left, face.top, face.right, face.bottom};
    for (const Point& p : face.points) values.insert(values.end(), {p.x, p.y});
    for (std::size_t k = 0; k < values.size(); ++k) {
      INFO("face " << i << ", number " << k);
      CHECK(std::abs(values[k] - static_cast<double>(row[1 + k])) <= pixels);
    }
  }
}

inline void check_face_file(Backend& backend, const std::filesystem::path& file) {
  INFO(file.string());
  const Weights golden = Weights::open(file);
  const FaceRun run = run_face(backend, picture_of(golden), embedded("face.safetensors"));
  if (golden.find("seen") == nullptr) {
    check_logits(run.scores, floats_of(golden, "scores"));
    if (golden.find("boxes") != nullptr) check_logits(run.boxes, floats_of(golden, "boxes"));
    check_faces(run.faces, floats_of(golden, "faces"), 1e-4, 1e-2);
    return;
  }
  // Where OpenCV's rounding errors decide what is half way between two steps, the net sees some values that are a few
  // levels off. Of the very letterbox, all is as above.
  check_faces(run.faces, floats_of(golden, "faces"), 5e-3, 0.1);
  const Picture seen = picture_of(golden, "seen");
  check_logits(run_face(backend, seen, embedded("face.safetensors")).scores, floats_of(golden, "scores"));
}

}  // namespace impasto::test
