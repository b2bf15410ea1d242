// elementwise v1, naive: the formula of elementwise.h, one thread a value.
//
// Below it: nothing but the loops of elementwise_ref.cpp, which have become the grid. It costs instructions: for each
// value one load, one store and the arithmetic of its address.
//
//   a, y, flat in NHWC:  | v0 v1 ... v31 | v32 ...     neighbours in memory are neighbours in a warp: a warp's 32
//                          t0 t1     t31               loads are one request, of 2 sectors (half) or 4 (float)
//
// Thread t of block b makes value i = 256 b + t.
//
// FLOPs: 2 N H W C, besides the activation. DRAM bytes: N H W C (size of a + size of y), and as much again of y's type
// for a g or b that is a map.
// Needs: every tensor below 2^31 elements.
#include "kernels/elementwise/elementwise.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename A, typename T>
__global__ void __launch_bounds__(kThreads)
    elementwise_v1_naive(ElementwiseProblem d, int count, const A* __restrict__ a, const T* __restrict__ g,
                         const T* __restrict__ b, T* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= static_cast<unsigned>(count)) return;
  const ElementwisePlaces places = elementwise_places(d, static_cast<int>(i));
  const float factor = d.factor == Factor::none ? 1.0F : to_float(g[places.g]);
  const float addend = d.addend ? to_float(b[places.b]) : 0.0F;
  y[i] = from_float<T>(elementwise_value(d, to_float(a[i]), factor, addend));
}

}  // namespace

void elementwise_v1_launch(const ElementwiseProblem& d, const ElementwiseArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_types(d, [&]<typename A, typename T>(const A* /*a*/, T* /*y*/) {
    const int count = d.n * d.h * d.w * d.c;
    launch(stream, dim3(blocks_for(count, kThreads)), dim3(kThreads), 0, kernel<elementwise_v1_naive<A, T>>, d, count,
           static_cast<const A*>(args.a), static_cast<const T*>(args.g), static_cast<const T*>(args.b),
           static_cast<T*>(args.y));
  });
}

}  // namespace impasto::IMPASTO_TARGET
