// multistyle: 26 styles in one net; convolutions are shared, a style is its set of norm parameters
// (Dumoulin et al., "A Learned Representation For Artistic Style", ICLR 2017).
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

inline constexpr int kMultistyleStyles = 26;

[[nodiscard]] std::vector<WeightSpec> multistyle_weights();

// rgb [1,H,W,3] u8, H and W >= 5; style [1,1,1,26] f32, weights of the styles, which sum to 1
// -> [1,4 ceil(H/4),4 ceil(W/4),3] f32 in 0..1.
TensorId append_multistyle(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
