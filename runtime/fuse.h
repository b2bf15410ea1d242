// fuse: fewer passes over memory, decided here and nowhere else. What a convolution's neighbours do, it does on the
// way:
//   Resize (nearest, x2) -> Conv2d         upsample
//   Conv2d or Deconv2d -> InstanceNorm     joined.moments_part, then MergeMoments and Normalise
//   Normalise -> Conv2d or Deconv2d        joined.first
// each where it is the only reader, and where the backend says that it can run the node that comes of it.
#pragma once

#include "runtime/backend.h"
#include "runtime/graph.h"

namespace impasto {

// The same inputs and outputs, with the same ids; tensors between them may be gone. Nodes keep their names; the two of
// a norm are called <name>.merge and <name>.
[[nodiscard]] Graph fuse(Graph graph, const Backend& backend);

}  // namespace impasto
