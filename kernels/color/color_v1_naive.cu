// color v1, naive: the formula of color.h, one thread an output sample.
//
// Below it: nothing but the loops of color_ref.cpp, of which rows, columns and planes have become the grid. It costs
// loads: a chroma sample makes R,G,B of every pixel of its footprint anew, twice over, for Cb and for Cr; and a pixel
// of packed R,G,B is made three times.
//
//   to, 4:2:0, block (b, plane) owns samples 256 b ... of that plane:
//
//     Y  y y y y y y      Cb  u   u   u         u needs the six pixels of its footprint (chroma to the left):
//        y y y y y y                              1/8 1/4 1/8
//        y y y y y y          u   u   u           1/8 1/4 1/8     of rgb, and rgb of a pixel of 4:2:0 needs
//        y y y y y y                              four samples of each chroma plane
//
// Thread t of block b makes sample 256 b + t. Neighbours make neighbours: loads and stores of a warp lie together.
//
// FLOPs: some 30 to 50 each time that a pixel is looked at. Bytes: each plane in and out once is the least; here each
// output sample reads its footprint, (1 + 2 * 8) samples a pixel of it from 4:2:0.
//
// Needs: pictures of less than 2^31 samples.
#include "kernels/color/color_source.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

// __grid_constant__: which plane a thread makes is known when it runs, and indexing a copy would put it on the stack.
template <typename From, typename To>
__global__ void __launch_bounds__(kThreads)
    color_v1_naive(const __grid_constant__ ColorProblem d, const __grid_constant__ Planes<const From> from,
                   const __grid_constant__ Planes<To> to) {
  const int plane = static_cast<int>(blockIdx.y);
  const PlaneExtent extent = plane_extent(d.to, plane, d.h, d.w);
  const unsigned sample = blockIdx.x * kThreads + threadIdx.x;
  if (sample >= static_cast<unsigned>(extent.h) * extent.w * extent.c) return;
  const int i = static_cast<int>(sample);
  const int x = i / extent.c % extent.w;
  const int y = i / extent.c / extent.w;
  const int row = plane + i % extent.c;  // of the map
  const PlanesSource<From> source{d, from};

  float value = 0;
  if (d.to.is_chroma(plane)) {
    Layer sum;
    for (int k = footprint_first(d.to.rows); k < d.to.rows.step(); ++k) {
      for (int l = footprint_first(d.to.columns); l < d.to.columns.step(); ++l) {
        const float weight = footprint_weight(d.to.rows, k) * footprint_weight(d.to.columns, l);
        accumulate(sum, weight,
                   source.pixel(clamped(y * d.to.rows.step() + k, d.h), clamped(x * d.to.columns.step() + l, d.w)));
      }
    }
    value = footprint_unit(d.to) * sample_of(d.to_samples, row, sum);
  } else {
    value = sample_of(d.to_samples, row, source.pixel(y, x));
  }
  to.plane[plane][i] = to_code<To>(value, d.to.high, 0.5F);
}

template <typename From, typename To>
void launch_as(const ColorProblem& d, const ColorArgs& args, Stream stream) {
  const dim3 grid(blocks_for(most_samples(d.to, d.h, d.w), kThreads), d.to.planes());
  launch(stream, grid, dim3(kThreads), 0, kernel<color_v1_naive<From, To>>, d, planes_of<const From>(d.from, args.from),
         planes_of<To>(d.to, args.to));
}

}  // namespace

void color_v1_launch(const ColorProblem& d, const ColorArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_codes(d.to.type, [&](auto to) {
    using To = decltype(to);
    if (d.from.type == SampleType::f32) return launch_as<float, To>(d, args, stream);
    with_codes(d.from.type, [&](auto from) { launch_as<decltype(from), To>(d, args, stream); });
  });
}

}  // namespace impasto::IMPASTO_TARGET
