// face: MediaPipe's short-range face detector, a BlazeFace (Bazarevsky et al., arXiv:1907.05047): depthwise blocks with
// shortcuts, and for each of 896 anchors a score, a box and six key points. docs/face.md is its specification;
// nets/face_detection.h reads what it says.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

inline constexpr int kFaceSide = 128;          // rows and columns of its input
inline constexpr int kFaceAnchorNumbers = 16;  // x, y, width, height of a box, then x, y of six points

[[nodiscard]] std::vector<WeightSpec> face_weights();

// What the net says, at the two sizes of its maps: pixels of 8 x 8 input pixels with 2 anchors each, and of 16 x 16
// with
// 6. f32 (in fp32), before any activation.
struct FaceMaps {
  TensorId scores_8 = kAbsent, boxes_8 = kAbsent;    // [1,16,16,2], [1,16,16,2*16]
  TensorId scores_16 = kAbsent, boxes_16 = kAbsent;  // [1,8,8,6], [1,8,8,6*16]
};
// rgb [1,128,128,3] u8: the picture in its letterbox (Resize::letterbox).
[[nodiscard]] FaceMaps append_face_maps(Graph& graph, TensorId rgb, const Weights& weights);

// From the planes of a frame to the maps, in fp32. It is part of the matte's work, so its nodes begin with "matte/".
struct FaceGraph {
  Graph graph;
  std::vector<TensorId> in;  // planes of the format
  FaceMaps maps;             // the outputs
};
[[nodiscard]] FaceGraph build_face(int height, int width, const PixelFormat& format, const Weights& weights);

// The maps as one output of the net, boxes_16; the others are marked as outputs. There is no style input.
TensorId append_face(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
