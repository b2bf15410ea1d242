// transform_net: the feed-forward net of "fast style transfer", one net a style (Johnson et al., "Perceptual Losses for
// Real-Time Style Transfer", ECCV 2016), with instance norm (Ulyanov et al. 2016), as in Logan Engstrom's code.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

[[nodiscard]] std::vector<WeightSpec> transform_net_weights();

// rgb [1,H,W,3] u8 -> [1,4 ceil(H/4),4 ceil(W/4),3] f32 in -22.5..277.5, to be clipped to 0..255. There is no style
// input.
TensorId append_transform_net(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
