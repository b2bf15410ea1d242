// selfie: MediaPipe's two person segmentation nets, `square` (256 x 256) and `landscape` (144 rows x 256 columns). An
// encoder like MobileNetV3 (Howard et al. 2019), a decoder of three levels with gated skips. The two differ only in
// size and weights.
#pragma once

#include "runtime/graph.h"
#include "runtime/weights.h"

#include <vector>

namespace impasto {

[[nodiscard]] std::vector<WeightSpec> selfie_weights();

// rgb [1,H,W,3] u8, H and W multiples of 16 -> [1,H,W,1] f32 (in fp32) in 0..1, 1 = person. There is no style input.
TensorId append_selfie(Graph& graph, TensorId rgb, TensorId style, const Weights& weights);

}  // namespace impasto
