// style_predictor: from a picture to the numbers that describe its style for arbitrary_transform; a MobileNetV2
// (Sandler et al., CVPR 2018) and a linear layer (Ghiasi et al., "Exploring the structure of a real-time, arbitrary
// neural artistic stylization network", BMVC 2017). To be run in float32: its numbers decide every norm of the other
// net.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

inline constexpr int kStyleNumbers = 100;
inline constexpr int kStylePictureSide = 256;  // rows and columns of the picture that it was trained on

[[nodiscard]] std::vector<WeightSpec> style_predictor_weights();

// rgb [1,H,W,3] u8 -> [1,1,1,100] (act). There is no style input.
TensorId append_style_predictor(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
