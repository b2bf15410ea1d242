// Scene cuts, seen on decoded planes of any format.
#pragma once

#include "apps/stylize/media/media.h"

#include <vector>

namespace impasto::stylize {

// Frames in their order, all of one format and size.
class SceneCuts {
 public:
  // Whether `frame` begins a scene, as the first one does: in more than half of its parts something else is to be seen
  // than in the frame before. Noise is not seen, and what crosses the picture changes a smaller part of it; a flash of
  // light over all of it is a scene of its own.
  [[nodiscard]] bool begins(const media::Picture& frame);

 private:
  std::vector<float> last_, now_;  // means of blocks, channel by channel, in 0..255
};

}  // namespace impasto::stylize
