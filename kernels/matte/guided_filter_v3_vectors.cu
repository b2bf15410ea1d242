// guided_filter v3, vectors: the formula of guided_filter.h, applied to four pixels a thread.
//
// Against v2: when the coefficients are applied, a thread makes four neighbours of a row. They lie between the same two
// rows of coefficients, and mostly between the same two columns, which are mixed down once and kept; the guide comes in
// three loads of 4 bytes, the result leaves in one store of 16. It costs pictures whose width is no multiple of four.
//
//   full row:         | * * * * | * * * * |         thread t: four pixels
//   coefficients:   |       .        |  .             columns low and high, mixed down, until a pixel passes high
//
// Thread t of block b makes pixels 4 (256 b + t) and the three after it.
//
// FLOPs: as v2, but 14 to 30 H W to apply. Bytes loaded by the threads to apply: 3 H W, and 32 for each
// column that a thread needs, at least two.
// Needs: as v2; the full width in fours; the guide and y at multiples of 16 bytes.
#include "kernels/matte/guided_filter_stages.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    guided_filter_v3_apply(GuidedFilterProblem d, const float* __restrict__ coefficients,
                           const unsigned char* __restrict__ guide, float* __restrict__ y) {
  const unsigned i = 4 * (blockIdx.x * kThreads + threadIdx.x);
  const unsigned width = static_cast<unsigned>(d.full_w);
  if (i >= width * static_cast<unsigned>(d.full_h)) return;
  const Between down = between(static_cast<int>(i / width), d.h, d.full_h);
  const auto column = [&](int x) {
    return mix(load_vector<4>(coefficients + 4 * (down.low * d.w + x)),
               load_vector<4>(coefficients + 4 * (down.high * d.w + x)), down.weight);
  };
  Vector<unsigned char, 4> bytes[3];
  for (int k = 0; k < 3; ++k) bytes[k] = load_vector<4>(guide + 3 * i + 4 * k);
  const auto byte = [&](int k) { return static_cast<float>(bytes[k / 4].v[k % 4]); };

  // In whole 1/(2 full_w) of a column, as between() has it.
  const int step = 2 * d.full_w;
  const float unit = 1.0F / static_cast<float>(step);
  int position = (2 * static_cast<int>(i % width) + 1) * d.w - d.full_w;
  int x = position > 0 ? position / step : 0;
  Coefficients low = column(x), high = column(x + 1 < d.w ? x + 1 : x);
  Vector<float, 4> result;
  for (int j = 0; j < 4; ++j, position += 2 * d.w) {
    while (position >= (x + 1) * step && x + 1 < d.w) {  // once at most, if the picture is larger
      ++x;
      low = high;
      high = column(x + 1 < d.w ? x + 1 : x);
    }
    const float weight = fmaxf(static_cast<float>(position - x * step) * unit, 0.0F);
    result.v[j] = filtered(mix(low, high, weight), byte(3 * j), byte(3 * j + 1), byte(3 * j + 2));
  }
  store_vector(y + i, result);
}

}  // namespace

bool guided_filter_v3_supports(const GuidedFilterProblem& d) {
  return d.full_w % 4 == 0;
}

void guided_filter_v3_launch(const GuidedFilterProblem& d, const GuidedFilterArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("guided_filter_v3_vectors", {args.workspace, args.guide, args.y});
  const float* coefficients = guided_filter_v2_coefficients(d, args, stream);
  launch(stream, dim3(blocks_for(d.full_h * (d.full_w / 4), kThreads)), dim3(kThreads), 0,
         kernel<guided_filter_v3_apply>, d, coefficients, args.guide, args.y);
}

}  // namespace impasto::IMPASTO_TARGET
