// guided_filter v2, separable: the formula of guided_filter.h, windows first across, then down.
//
// Against v1: the moments of a row's part of the window are computed once and merged down the 2 radius + 1 rows,
// instead of for every window anew; so too the averages. Parts of n pixels with means m_j merge without E[xy] -
// E[x]E[y]:
//   mean = mean of m_j,   products = sum of products_j + n sum of (m_j - mean)(m_j - mean)^T     (Chan et al. 1979)
// It costs two more launches, and traffic: 13 floats a small pixel, written and read by 2 radius + 1 threads.
//
//   rows:  . . [m m m m m] . .      13 planes of        columns:   .  m .     average_rows, average_columns:
//          2r+1 pixels -> m         moments, h x w                 .  m .     the same with 4 sums
//                                                                  .  m .  -> a0 a1 a2 b
//
// Thread t of block b makes small pixel 256 b + t in each of the four.
//
// FLOPs, with s = 2 radius + 1: (26 + 31 + 8) s h w, and v1's to apply. Bytes loaded by the threads: (32 + 68 + 32) s h
// w, and v1's to apply. Needs: as v1.
#include "kernels/matte/guided_filter_stages.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    guided_filter_v2_rows(GuidedFilterProblem d, const float* __restrict__ matte, const float* __restrict__ guide_small,
                          float* __restrict__ planes) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  const int row = i / d.w * d.w;
  const Window columns = window(i - row, d.radius, d.w);
  GuideMoments m;
  float value[4];
  for (int x = columns.first; x <= columns.last; ++x) {
    load_pixel(guide_small, matte, row + x, value);
    for (int k = 0; k < 4; ++k) m.mean[k] += value[k];
  }
  for (int k = 0; k < 4; ++k) m.mean[k] /= static_cast<float>(columns.size());
  for (int x = columns.first; x <= columns.last; ++x) {
    load_pixel(guide_small, matte, row + x, value);
    for (int k = 0; k < 4; ++k) value[k] -= m.mean[k];
    add_products(m, value, 1);
  }
  const int plane = d.h * d.w;
  for (int k = 0; k < GuideMoments::kMeans; ++k) planes[k * plane + i] = m.mean[k];
  for (int k = 0; k < GuideMoments::kProducts; ++k) planes[(GuideMoments::kMeans + k) * plane + i] = m.product[k];
}

__global__ void __launch_bounds__(kThreads)
    guided_filter_v2_columns(GuidedFilterProblem d, const float* __restrict__ planes, float* __restrict__ fitted) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  const int x = i % d.w;
  const int plane = d.h * d.w;
  const Window rows = window(i / d.w, d.radius, d.h);
  const float part = static_cast<float>(window(x, d.radius, d.w).size());  // pixels of a row's part
  GuideMoments m;
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int k = 0; k < 4; ++k) m.mean[k] += planes[k * plane + y * d.w + x];
  }
  for (int k = 0; k < 4; ++k) m.mean[k] /= static_cast<float>(rows.size());
  for (int y = rows.first; y <= rows.last; ++y) {
    float difference[4];
    for (int k = 0; k < 4; ++k) difference[k] = planes[k * plane + y * d.w + x] - m.mean[k];
    add_products(m, difference, part);
    for (int k = 0; k < GuideMoments::kProducts; ++k) {
      m.product[k] += planes[(GuideMoments::kMeans + k) * plane + y * d.w + x];
    }
  }
  store_vector(fitted + 4 * i, fit(m, part * static_cast<float>(rows.size()), d.eps * kEpsUnit));
}

// The mean of `window` coefficients, `stride` apart, the first at `from`.
__device__ Coefficients average(const float* from, Window window, int stride) {
  Coefficients sum{};
  for (int j = window.first; j <= window.last; ++j) {
    const Coefficients c = load_vector<4>(from + 4 * j * stride);
    for (int k = 0; k < 4; ++k) sum.v[k] += c.v[k];
  }
  for (int k = 0; k < 4; ++k) sum.v[k] /= static_cast<float>(window.size());
  return sum;
}

__global__ void __launch_bounds__(kThreads)
    guided_filter_v2_average_rows(GuidedFilterProblem d, const float* __restrict__ in, float* __restrict__ out) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  const int x = i % d.w;
  store_vector(out + 4 * i, average(in + 4 * (i - x), window(x, d.radius, d.w), 1));
}

__global__ void __launch_bounds__(kThreads)
    guided_filter_v2_average_columns(GuidedFilterProblem d, const float* __restrict__ in, float* __restrict__ out) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= d.h * d.w) return;
  store_vector(out + 4 * i, average(in + 4 * (i % d.w), window(i / d.w, d.radius, d.h), d.w));
}

}  // namespace

std::size_t guided_filter_v2_workspace(const GuidedFilterProblem& d) {
  return sizeof(float) * (4 + GuideMoments::kMeans + GuideMoments::kProducts) * static_cast<std::size_t>(d.h) *
         static_cast<std::size_t>(d.w);
}

const float* guided_filter_v2_coefficients(const GuidedFilterProblem& d, const GuidedFilterArgs& args, Stream stream) {
  const int pixels = d.h * d.w;
  auto* fitted = static_cast<float*>(args.workspace);
  float* planes = fitted + 4 * pixels;
  float* across = planes;  // the moments are done with by then
  float* averaged = across + 4 * pixels;
  const dim3 grid(blocks_for(pixels, kThreads));
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v2_rows>, d, args.matte, args.guide_small, planes);
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v2_columns>, d, static_cast<const float*>(planes),
         fitted);
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v2_average_rows>, d, static_cast<const float*>(fitted),
         across);
  launch(stream, grid, dim3(kThreads), 0, kernel<guided_filter_v2_average_columns>, d,
         static_cast<const float*>(across), averaged);
  return averaged;
}

void guided_filter_v2_launch(const GuidedFilterProblem& d, const GuidedFilterArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("guided_filter_v2_separable", {args.workspace});
  guided_filter_v1_apply(d, args, guided_filter_v2_coefficients(d, args, stream), stream);
}

}  // namespace impasto::IMPASTO_TARGET
