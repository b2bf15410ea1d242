// composite v1, naive: the formula of composite.h, one thread an output sample.
//
// Below it: nothing but the loops of composite_ref.cpp, of which rows, columns and planes have become the grid. It
// costs loads: matte and paint of a pixel, 16 bytes, are read for its Y and again for every chroma sample whose
// footprint it lies in, for Cb and for Cr; three times for packed R,G,B.
//
//   4:2:0, block (b, plane) owns samples 256 b ... of that plane:
//
//     Y  y y y y y y      Cb  u   u   u        chroma to the left: the footprint of u is
//        y y y y y y                             1/8 1/4 1/8
//        y y y y y y          u   u   u          1/8 1/4 1/8     pixels, half of them shared with the u beside it
//        y y y y y y
//
// Thread t of block b makes sample 256 b + t. Neighbours in a warp read neighbouring pixels, but three floats of
// paint each, 12 bytes apart.
//
// FLOPs: some 25 each time that a pixel is looked at. Bytes for 4:2:0 of 8 bits: 16 + 1.5 + 1.5 a pixel have to move,
// where there is paint; here the threads load 16 (1 + 2 * 6 / 4) + 1.5 and store 1.5.
//
// Needs: pictures of less than 2^31 samples.
#include "kernels/composite/composite.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr unsigned kThreads = 256;

// __grid_constant__: which plane a thread makes is known when it runs, and indexing a copy would put it on the stack.
template <typename T>
__global__ void __launch_bounds__(kThreads)
    composite_v1_naive(const __grid_constant__ CompositeProblem d, const __grid_constant__ CompositeArgs args,
                       const __grid_constant__ Planes<const T> frame, const __grid_constant__ Planes<T> out) {
  const int plane = static_cast<int>(blockIdx.y);
  const PlaneExtent extent = plane_extent(d.format, plane, d.h, d.w);
  const unsigned sample = blockIdx.x * kThreads + threadIdx.x;
  if (sample >= static_cast<unsigned>(extent.h) * extent.w * extent.c) return;
  const int i = static_cast<int>(sample);
  const int x = i / extent.c % extent.w;
  const int y = i / extent.c / extent.w;

  Layer layer;
  if (d.format.is_chroma(plane)) {
    const ChromaAxis& rows = d.format.rows;
    const ChromaAxis& columns = d.format.columns;
    for (int k = footprint_first(rows); k < rows.step(); ++k) {
      for (int l = footprint_first(columns); l < columns.step(); ++l) {
        const float weight = footprint_unit(d.format) * footprint_weight(rows, k) * footprint_weight(columns, l);
        const int row = clamped(y * rows.step() + k, d.h);
        const int column = clamped(x * columns.step() + l, d.w);
        accumulate(layer, weight, pixel_layer(d, args, row, column));
      }
    }
  } else {
    layer = pixel_layer(d, args, y, x);
  }
  const float under = (1 - layer.a) * static_cast<float>(frame.plane[plane][i]);
  const float value = sample_of(d.to_samples, plane + i % extent.c, layer) + under;
  out.plane[plane][i] = to_code<T>(value, d.format.high, d.truncate ? 0.0F : 0.5F);
}

template <typename T>
void launch_as(const CompositeProblem& d, const CompositeArgs& args, Stream stream) {
  const dim3 grid(blocks_for(most_samples(d.format, d.h, d.w), kThreads), d.format.planes());
  launch(stream, grid, dim3(kThreads), 0, kernel<composite_v1_naive<T>>, d, args,
         planes_of<const T>(d.format, args.frame), planes_of<T>(d.format, args.out));
}

}  // namespace

void composite_v1_launch(const CompositeProblem& d, const CompositeArgs& args, Stream stream) {
  require_32_bit_indices(d);
  with_codes(d.format.type, [&](auto code) { launch_as<decltype(code)>(d, args, stream); });
}

}  // namespace impasto::IMPASTO_TARGET
