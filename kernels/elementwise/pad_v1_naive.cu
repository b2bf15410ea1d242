// pad v1, naive: the formula of pad.h, one thread a value.
//
// Below it: nothing but the loops of pad_ref.cpp, which have become the grid. It costs instructions: four divisions
// find the place of a value in y, and for pictures of bytes a store moves 32 bytes a warp.
//
//            left  W  right
//          +------------------+
//      top |  .  . ..... .  . |      y, P x Q: thread i makes value i of it, flat in NHWC, and looks for it in x
//          |  . +-------+ .   |
//        H |  . |   x   | .   |
//          |  . +-------+ .   |
//   bottom |  .  . ..... .  . |
//          +------------------+
//
// Thread t of block b makes value 256 b + t.
//
// FLOPs: none. DRAM bytes: N (C H W + K P Q) times a value's size.
// Needs: y below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/elementwise/pad.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    pad_v1_naive(PadProblem d, int count, const T* __restrict__ x, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(count)) return;
  const int at = static_cast<int>(i);
  const int row = at / d.k() / d.q();
  const int c = at % d.k();
  y[i] = c < d.c ? x[d.source(row / d.p(), row % d.p(), at / d.k() % d.q()) + c] : T{0};
}

}  // namespace

void pad_v1_launch(const PadProblem& d, const PadArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_value_type(d, [&]<typename T>(T* /*type*/) {
    const int count = d.n * d.p() * d.q() * d.k();
    launch(stream, dim3(blocks_for(count, kThreads)), dim3(kThreads), 0, kernel<pad_v1_naive<T>>, d, count,
           static_cast<const T*>(args.x), static_cast<T*>(args.y));
  });
}

}  // namespace impasto::IMPASTO_TARGET
