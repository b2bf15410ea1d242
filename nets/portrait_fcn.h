// portrait_fcn: FCN-8s (Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015) on VGG-16,
// tuned for portraits (Shen et al., "Automatic Portrait Segmentation for Image Stylization", Eurographics 2016), and
// portrait_fcn+, which sees three channels more: where a pixel lies as seen from the face, and how likely a person is
// there. All widths are those of the weights; so is the number of classes, two or more. What of each map only the border
// of 100 reaches is the same for every picture of a size; it is computed each time all the same.
#pragma once

#include "nets/net.h"
#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

[[nodiscard]] std::vector<WeightSpec> portrait_fcn_weights();
[[nodiscard]] std::vector<WeightSpec> portrait_fcn_weights_of(const ShapeOf& shape_of);
// The same, and mean_mask [rows, columns] 0..1 and canonical_landmarks [N,2] (x, y, one-based) of the face's frame.
[[nodiscard]] std::vector<WeightSpec> portrait_fcn_plus_weights();
[[nodiscard]] std::vector<WeightSpec> portrait_fcn_plus_weights_of(const ShapeOf& shape_of);

// rgb [1,H,W,3] u8, or f32 in 0..255, of any size -> [1,H,W,1] f32, the probability of a person. The face is as in
// PortraitInput: a00 a01 a02 a10 a11 a12 of the affine map that takes a pixel of rgb to the frame of the canonical
// landmarks, both counted from 1; 1 if there is a face, else 0; 0.
TensorId append_portrait_fcn(Graph& graph, TensorId rgb, TensorId side, const Weights& weights);
TensorId append_portrait_fcn_plus(Graph& graph, TensorId rgb, TensorId face, const Weights& weights);

}  // namespace impasto
