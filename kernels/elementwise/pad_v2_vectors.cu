// pad v2, vectors: the formula of pad.h, 16 bytes a thread.
//
// Against v1: a thread finds the place of its first value by division, and walks to the others; one store for all.
// Where all 16 bytes come from one row of x (from one pixel, if it gets more channels), next to each other, they are
// loaded without a look at the borders, and by one load if they lie at a multiple of 16 there too. It costs requests
// where they do not: the threads of a warp then read at a distance of 16 bytes.
//
//   row of y:  | . . : x x x x x x x x x x x x x x x : . . . |
//              |   t0    |   t1    |   t2    |   t3    | t4 ..      t1, t2: one run of x; t0, t3: value by value
//
// Thread t of block b makes values V (256 b + t) and following, V = 16 / a value's size.
//
// FLOPs: none. DRAM bytes: as v1.
// Needs: y below 2^31 elements, x and y at multiples of 16 bytes; for reflection, pads below the picture's size.
#include "kernels/common/vector.h"
#include "kernels/elementwise/pad.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    pad_v2_vectors(PadProblem d, int count, const T* __restrict__ x, T* __restrict__ y) {
  constexpr int V = 16 / sizeof(T);
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * V;
  if (first >= static_cast<unsigned>(count)) return;
  const int i = static_cast<int>(first);
  const int values = count - i < V ? count - i : V;  // the last vector of y may be cut short
  int c = i % d.k();
  int q = i / d.k() % d.q();
  int p = i / d.k() / d.q() % d.p();
  int n = i / d.k() / d.q() / d.p();
  int from = d.source(n, p, q);

  Vector<T, V> result;
  const bool one_pixel = c + V <= d.c;
  const int kept_w = d.right < 0 ? d.w + d.right : d.w;
  const bool one_row = d.zeros == 0 && q >= d.left && (q - d.left) * d.c + c + V <= kept_w * d.c;
  const bool one_run = values == V && (one_pixel || one_row);
  if (one_run && (from + c) % V == 0) {
    result = load_vector<V>(x + from + c);
  } else if (one_run) {
    for (int j = 0; j < V; ++j) result.v[j] = x[from + c + j];
  } else {
    for (int j = 0; j < V; ++j) {
      if (j < values) result.v[j] = c < d.c ? x[from + c] : T{0};
      if (++c < d.k() || j + 1 >= values) continue;
      c = 0;
      if (++q == d.q()) {
        q = 0;
        if (++p == d.p()) {
          p = 0;
          ++n;
        }
      }
      from = d.source(n, p, q);
    }
  }
  if (values == V) {
    store_vector(y + i, result);
  } else {
    for (int j = 0; j < V; ++j) {
      if (j < values) y[i + j] = result.v[j];
    }
  }
}

}  // namespace

void pad_v2_launch(const PadProblem& d, const PadArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("pad_v2_vectors", {args.x, args.y});
  with_value_type(d, [&]<typename T>(T* /*type*/) {
    const int count = d.n * d.p() * d.q() * d.k();
    const int vectors = (count - 1) / static_cast<int>(16 / sizeof(T)) + 1;
    launch(stream, dim3(blocks_for(vectors, kThreads)), dim3(kThreads), 0, kernel<pad_v2_vectors<T>>, d, count,
           static_cast<const T*>(args.x), static_cast<T*>(args.y));
  });
}

}  // namespace impasto::IMPASTO_TARGET
