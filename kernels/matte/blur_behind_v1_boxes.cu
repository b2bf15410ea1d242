// blur_behind v1, boxes: the formula of blur_behind.h, each pixel adds its boxes anew.
//
// Below it: nothing but blur_behind_ref.cpp; its blur is matte_feather v1 over four maps. It costs loads: 2 reach + 3
// for each value and pass.
//
// Which thread does what, and what moves: blur_behind_ends.cu, matte_feather_v1_naive.cu.
//
// DRAM bytes: 7 + 16 a pixel before the blur, 16 + 3 after it, 6 passes of 32 between.
// Needs: the four maps below 2^31 elements.
#include "kernels/matte/blur_behind.h"

namespace impasto::IMPASTO_TARGET {

void blur_behind_v1_launch(const BlurBehindProblem& d, const BlurBehindArgs& args, Stream stream) {
  launch_blur_behind(d, args, stream, matte_feather_v1_launch);
}

}  // namespace impasto::IMPASTO_TARGET
