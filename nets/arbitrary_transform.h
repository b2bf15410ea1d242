// arbitrary_transform: paints in the style of any picture, which comes as the numbers that style_predictor makes of it;
// they decide what each norm brings its channels to (Ghiasi et al. 2017).
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

[[nodiscard]] std::vector<WeightSpec> arbitrary_transform_weights();

// rgb [1,H,W,3] u8, H and W >= 5; style [1,1,1,100] f32 -> [1,4 ceil(H/4),4 ceil(W/4),3] f32 in 0..1.
TensorId append_arbitrary_transform(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
