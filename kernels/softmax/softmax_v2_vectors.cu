// softmax v2, vectors: the formula of softmax.h for two classes, four pixels a thread.
//
// Against v1: one load of 16 bytes brings four pixels of x, one store of 16 bytes takes their y, where v1 had eight
// loads and four stores. It costs other numbers of classes, pixel counts that are not multiples of four, and float x,
// for which four pixels would be two loads.
//
//   x:  | x0 x1  x0 x1  x0 x1  x0 x1 | x0 x1 ..      thread t of block b makes y of pixels 4 (256 b + t) and the next
//       |  16 bytes: pixels 0 .. 3   |               three
//
// Bytes, FLOPs: as v1. Needs: halves; C = 2; N H W a multiple of 4; x and y at addresses divisible by 16; x below 2^31
// elements.
#include "kernels/common/vector.h"
#include "kernels/softmax/softmax.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;
constexpr int kPixels = 4;  // of a thread

__global__ void __launch_bounds__(kThreads)
    softmax_v2_vectors(SoftmaxProblem d, const half* __restrict__ x, float* __restrict__ y) {
  const unsigned first = (blockIdx.x * kThreads + threadIdx.x) * kPixels;
  if (first >= static_cast<unsigned>(d.n) * d.h * d.w) return;
  const auto in = load_vector<2 * kPixels>(x + 2 * first);
  Vector<float, kPixels> out;
  for (int i = 0; i < kPixels; ++i) {
    const float x0 = to_float(in.v[2 * i]), x1 = to_float(in.v[2 * i + 1]);
    out.v[i] = 1.0F / (1.0F + expf(d.channel == 1 ? x0 - x1 : x1 - x0));
  }
  store_vector(y + first, out);
}

}  // namespace

bool softmax_v2_supports(const SoftmaxProblem& d) {
  return d.storage == Storage::f16 && d.c == 2 && static_cast<unsigned>(d.n) * d.h * d.w % kPixels == 0;
}

void softmax_v2_launch(const SoftmaxProblem& d, const SoftmaxArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("softmax_v2_vectors", {args.x, args.y});
  const unsigned threads = static_cast<unsigned>(d.n) * d.h * d.w / kPixels;
  launch(stream, dim3((threads + kThreads - 1) / kThreads), dim3(kThreads), 0, kernel<softmax_v2_vectors>, d,
         static_cast<const half*>(args.x), args.y);
}

}  // namespace impasto::IMPASTO_TARGET
