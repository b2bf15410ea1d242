// guided_filter v1, direct: the formula of guided_filter.h, one thread a pixel, each window read pixel by pixel.
//
// Below it: nothing but the loops of matte_ref.cpp, of which the outer ones have become three grids. It costs loads:
// neighbours read almost the same windows.
//
//   small, h x w                                   full, H x W
//   +----------------+  fit      +-------------+   +-----------------------+
//   |  +-----+       |  window   | a0 a1 a2 b  |   |     .   .             |   apply: between four pixels of
//   |  |  k  | 2r+1  |  -------> | of window k |   |       *               |   coefficients lies the pixel *
//   |  +-----+       |           +-------------+   |     .   .             |
//   +----------------+  average: the same window   +-----------------------+
//
// fit and average: thread t of block b makes small pixel 256 b + t. The window is read twice, for its mean, then for
// differences from it. apply: the same of the full picture's pixels.
//
// FLOPs, with s = (2 radius + 1)^2: 26 s h w to fit, 4 s h w to average, 30 H W to apply. Bytes loaded by the threads:
// (32 s + 16 s) h w + 67 H W, against 16 h w + 7 H W that have to move.
// Needs: every tensor below 2^31 elements; the workspace at a multiple of 16 bytes.
#include "kernels/matte/guided_filter_stages.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    guided_filter_v1_fit(GuidedFilterProblem d, const float* __restrict__ matte, const float* __restrict__ guide_small,
                         float* __restrict__ fitted) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  const Window rows = window(i / d.w, d.radius, d.h);
  const Window columns = window(i % d.w, d.radius, d.w);
  const float pixels = static_cast<float>(rows.size() * columns.size());
  GuideMoments m;
  float value[4];
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int x = columns.first; x <= columns.last; ++x) {
      load_pixel(guide_small, matte, y * d.w + x, value);
      for (int k = 0; k < 4; ++k) m.mean[k] += value[k];
    }
  }
  for (int k = 0; k < 4; ++k) m.mean[k] /= pixels;
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int x = columns.first; x <= columns.last; ++x) {
      load_pixel(guide_small, matte, y * d.w + x, value);
      for (int k = 0; k < 4; ++k) value[k] -= m.mean[k];
      add_products(m, value, 1);
    }
  }
  store_vector(fitted + 4 * i, fit(m, pixels, d.eps * kEpsUnit));
}

__global__ void __launch_bounds__(kThreads)
    guided_filter_v1_average(GuidedFilterProblem d, const float* __restrict__ fitted, float* __restrict__ averaged) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  const Window rows = window(i / d.w, d.radius, d.h);
  const Window columns = window(i % d.w, d.radius, d.w);
  Coefficients sum{};
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int x = columns.first; x <= columns.last; ++x) {
      const Coefficients c = load_vector<4>(fitted + 4 * (y * d.w + x));
      for (int k = 0; k < 4; ++k) sum.v[k] += c.v[k];
    }
  }
  for (int k = 0; k < 4; ++k) sum.v[k] /= static_cast<float>(rows.size() * columns.size());
  store_vector(averaged + 4 * i, sum);
}

__global__ void __launch_bounds__(kThreads)
    guided_filter_v1_apply_kernel(GuidedFilterProblem d, const float* __restrict__ coefficients,
                                  const unsigned char* __restrict__ guide, float* __restrict__ y) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const unsigned width = static_cast<unsigned>(d.full_w);
  if (i >= width * static_cast<unsigned>(d.full_h)) return;
  const Between down = between(static_cast<int>(i / width), d.h, d.full_h);
  const Between across = between(static_cast<int>(i % width), d.w, d.full_w);
  const auto column = [&](int x) {
    return mix(load_vector<4>(coefficients + 4 * (down.low * d.w + x)),
               load_vector<4>(coefficients + 4 * (down.high * d.w + x)), down.weight);
  };
  const Coefficients c = mix(column(across.low), column(across.high), across.weight);
  const unsigned char* rgb = guide + 3 * i;
  y[i] = filtered(c, static_cast<float>(rgb[0]), static_cast<float>(rgb[1]), static_cast<float>(rgb[2]));
}

}  // namespace

std::size_t guided_filter_v1_workspace(const GuidedFilterProblem& d) {
  return sizeof(Coefficients) * 2 * static_cast<std::size_t>(d.h) * static_cast<std::size_t>(d.w);
}

void guided_filter_v1_apply(const GuidedFilterProblem& d, const GuidedFilterArgs& args, const float* coefficients,
                            Stream stream) {
  launch(stream, dim3(blocks_for(d.full_h * d.full_w, kThreads)), dim3(kThreads), 0,
         kernel<guided_filter_v1_apply_kernel>, d, coefficients, args.guide, args.y);
}

void guided_filter_v1_launch(const GuidedFilterProblem& d, const GuidedFilterArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("guided_filter_v1_direct", {args.workspace});
  auto* fitted = static_cast<float*>(args.workspace);
  float* averaged = fitted + 4 * d.h * d.w;
  const dim3 grid(blocks_for(d.h * d.w, kThreads));
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v1_fit>, d, args.matte, args.guide_small, fitted);
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v1_average>, d, static_cast<const float*>(fitted),
         averaged);
  guided_filter_v1_apply(d, args, averaged, stream);
}

}  // namespace impasto::IMPASTO_TARGET
