// blur_behind v2, running sums: the formula of blur_behind.h, a thread walks down a part of a column of a map.
//
// Against v1: its blur is matte_feather v2, whose work does not grow with the radius. It costs the two transpositions
// of that, and threads, which four small maps would miss.
//
// Which thread does what, and what moves: blur_behind_ends.cu, matte_feather_v2_running_sums.cu.
//
// DRAM bytes: 7 + 16 a pixel before the blur, 16 + 3 after it, 6 passes and 2 transpositions of 32 between.
// Needs: the four maps below 2^31 elements.
#include "kernels/matte/blur_behind.h"

namespace impasto::IMPASTO_TARGET {

void blur_behind_v2_launch(const BlurBehindProblem& d, const BlurBehindArgs& args, Stream stream) {
  launch_blur_behind(d, args, stream, matte_feather_v2_launch);
}

}  // namespace impasto::IMPASTO_TARGET
