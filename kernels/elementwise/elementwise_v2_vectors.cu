// elementwise v2, vectors: the formula of elementwise.h, 16 bytes a thread.
//
// Against v1: a thread makes as many values as 16 bytes of the wider of a's and y's type hold, V = 4 or 8, with one
// load and one store for all of them, and one calculation of the address. It costs problems: a vector must not run from
// one pixel into the next where the next has another gate, or lies elsewhere in b.
//
//   y, flat in NHWC:  | v0 .. v7 | v8 .. v15 | ... | v248 .. v255 |    a warp's request: 512 bytes, 16 sectors, each
//                         t0          t1                t31            whole; the last vector of y may be cut short
//
// Thread t of block b makes values V (256 b + t) and following.
//
// FLOPs: 2 N H W C, besides the activation. DRAM bytes: as v1.
// Needs: every tensor below 2^31 elements and at a multiple of 16 bytes; for a gate of channels or a crop, C in Vs.
#include "kernels/common/vector.h"
#include "kernels/elementwise/elementwise.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename A, typename T>
constexpr int kWidth = 16 / (sizeof(A) > sizeof(T) ? sizeof(A) : sizeof(T));

template <typename A, typename T>
__global__ void __launch_bounds__(kThreads)
    elementwise_v2_vectors(ElementwiseProblem d, int count, const A* __restrict__ a, const T* __restrict__ g,
                           const T* __restrict__ b, T* __restrict__ y) {
  constexpr int V = kWidth<A, T>;
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * V;
  if (first >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(first);
  if (count - i < V) {  // then C is no multiple of V: nothing is gated by channel or cropped
    for (int j = i; j < count; ++j) {
      const float factor = d.factor == Factor::none ? 1.0F : to_float(g[j]);
      const float addend = d.addend ? to_float(b[j]) : 0.0F;
      y[j] = from_float<T>(elementwise_value(d, to_float(a[j]), factor, addend));
    }
    return;
  }
  const ElementwisePlaces places = elementwise_places(d, i);
  const Vector<A, V> values = load_vector<V>(a + i);
  Vector<T, V> factors, addends, result;
  if (d.factor != Factor::none) factors = load_vector<V>(g + places.g);
  if (d.addend) addends = load_vector<V>(b + places.b);
  for (int j = 0; j < V; ++j) {
    const float factor = d.factor == Factor::none ? 1.0F : to_float(factors.v[j]);
    const float addend = d.addend ? to_float(addends.v[j]) : 0.0F;
    result.v[j] = from_float<T>(elementwise_value(d, to_float(values.v[j]), factor, addend));
  }
  store_vector(y + i, result);
}

}  // namespace

bool elementwise_v2_supports(const ElementwiseProblem& d) {
  const int width = d.a == Element::f32 || d.storage == Storage::f32 ? 4 : 8;
  return d.c % width == 0 || (d.factor != Factor::channel && !d.crops());
}

void elementwise_v2_launch(const ElementwiseProblem& d, const ElementwiseArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("elementwise_v2_vectors", {args.a, args.g, args.b, args.y});
  with_types(d, [&]<typename A, typename T>(const A* /*a*/, T* /*y*/) {
    const int count = d.n * d.h * d.w * d.c;
    const int vectors = (count - 1) / kWidth<A, T> + 1;
    launch(stream, dim3(blocks_for(vectors, kThreads)), dim3(kThreads), 0, kernel<elementwise_v2_vectors<A, T>>, d,
           count, static_cast<const A*>(args.a), static_cast<const T*>(args.g), static_cast<const T*>(args.b),
           static_cast<T*>(args.y));
  });
}

}  // namespace impasto::IMPASTO_TARGET
