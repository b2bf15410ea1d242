// What a net's tensors are called, and how their axes lie, in each format that the net is known to come in.
#pragma once

#include "nets/net.h"
#include "weights_tools/source.h"

#include <vector>

namespace impasto {

struct Mapping {
  WeightSpec target;
  std::string source;     // the tensor's name in the file
  std::vector<int> axes;  // extent i of the target is extent axes[i] of the source

  [[nodiscard]] std::vector<std::int64_t> source_shape() const;
};

// One entry for each row of the net's weight table. Throws Error if the net is not known in this format.
[[nodiscard]] std::vector<Mapping> name_map(const Net& net, Format format);

}  // namespace impasto
