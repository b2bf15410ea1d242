// conv2d v2, shared tile: as a matrix product (conv2d_gemm.h), y[m,k] = sum over e of x[m,e] * w[k,e]; one thread an
// output value.
//
// Against v1: a block makes 16 pixels x 16 channels and walks the sum 16 taps at a time; both operands of such a step
// go through shared memory, so that each value loaded serves 16 threads. It costs two barriers a step, and an index
// computed for each value loaded, because neighbours in e may be taps of different pixels.
//
//                      e ->                        k -> 16
//         +------+------+------+               +--------+
//   m 16  |      | x[i] |      |         m 16  | y tile |
//         +------+------+------+               +--------+
//         +------+------+------+
//   k 16  |      | w[j] |      |    each step: 256 values of x and 256 of w in, 4096 products
//         +------+------+------+
//
// Thread (j, i) loads x[m0 + i, e0 + j] and w[k0 + i, e0 + j] (neighbours in j: consecutive addresses within a tap) and
// sums y[m0 + i, k0 + j]. The rows of shared memory are one float longer than 16, so that the 16 rows that a warp reads
// of w at one e lie in different banks.
//
// FLOPs: 2 N P Q K R S C. Bytes loaded by the threads: N P Q K R S C / 8 times the storage's size, a sixteenth of v1.
// Needs: groups = 1; every tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d_gemm.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kTile = 16;

struct Tiles {
  float x[kTile][kTile + 1];
  float w[kTile][kTile + 1];
};

template <typename T>
__global__ void __launch_bounds__(kTile* kTile)
    conv2d_v2_shared_tile(Conv2dProblem d, const T* __restrict__ x, const T* __restrict__ weights,
                          const float* __restrict__ bias, const T* __restrict__ residual, T* __restrict__ y) {
  auto& s = shared_memory<Tiles>();
  const int i = static_cast<int>(threadIdx.y);
  const int j = static_cast<int>(threadIdx.x);
  const int m = static_cast<int>(blockIdx.x) * kTile + i;
  const int first_k = static_cast<int>(blockIdx.y) * kTile;
  const FilterPlace place = filter_place(d, m);

  float sum = 0;
  for (int first_e = 0; first_e < taps(d); first_e += kTile) {
    s.x[i][j] = to_float(load_x(d, x, place, tap(d, first_e + j)));
    s.w[i][j] = to_float(load_w(d, weights, first_k + i, first_e + j));
    __syncthreads();
    for (int e = 0; e < kTile; ++e) sum += s.x[i][e] * s.w[j][e];
    __syncthreads();
  }
  store_y(d, m, first_k + j, sum, bias, residual, y);
}

template <typename T>
void launch_as(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const dim3 grid(blocks_for(d.n * d.p() * d.q(), kTile), blocks_for(d.k, kTile));
  launch(stream, grid, dim3(kTile, kTile), sizeof(Tiles), kernel<conv2d_v2_shared_tile<T>>, d,
         static_cast<const T*>(args.x), static_cast<const T*>(args.weights), args.bias,
         static_cast<const T*>(args.residual), static_cast<T*>(args.y));
}

}  // namespace

bool conv2d_v2_supports(const Conv2dProblem& d) {
  return d.plain() && d.groups == 1;
}

void conv2d_v2_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    launch_as<float>(d, args, stream);
  } else {
    launch_as<half>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
