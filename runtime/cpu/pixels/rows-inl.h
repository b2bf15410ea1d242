// Loops over one row of samples, compiled for each instruction set (Highway's foreach_target). Plain loops are left to
// the compiler's vectoriser; packed R,G,B needs Highway's interleaved loads and stores.

#if defined(IMPASTO_PIXEL_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef IMPASTO_PIXEL_ROWS_INL
#undef IMPASTO_PIXEL_ROWS_INL
#else
#define IMPASTO_PIXEL_ROWS_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace impasto::pixels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// NaN becomes 0.
HWY_INLINE float clip(float value, float high) {
  value = value > 0 ? value : 0;
  return value < high ? value : high;
}

template <typename T>
void load_row(const T* in, float* HWY_RESTRICT out, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) out[x] = static_cast<float>(in[x]);
}

// Rounds half up after clipping to 0..high.
template <typename T>
void store_row(const float* HWY_RESTRICT in, T* HWY_RESTRICT out, int n, float high) {
#pragma omp simd
  for (int x = 0; x < n; ++x) out[x] = static_cast<T>(static_cast<int>(clip(in[x], high) + 0.5F));
}

// Packed triples to three rows.
template <typename T>
void unpack_row(const T* in, float* HWY_RESTRICT r, float* HWY_RESTRICT g, float* HWY_RESTRICT b, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) {
    r[x] = static_cast<float>(in[3 * x]);
    g[x] = static_cast<float>(in[3 * x + 1]);
    b[x] = static_cast<float>(in[3 * x + 2]);
  }
}

template <>
HWY_INLINE void unpack_row(const std::uint8_t* in, float* HWY_RESTRICT r, float* HWY_RESTRICT g, float* HWY_RESTRICT b,
                           int n) {
  const hn::ScalableTag<float> df;
  const hn::Rebind<std::int32_t, decltype(df)> di;
  const hn::Rebind<std::uint8_t, decltype(df)> du;
  const int lanes = static_cast<int>(hn::Lanes(df));
  int x = 0;
  for (; x + lanes <= n; x += lanes) {
    hn::Vec<decltype(du)> v0, v1, v2;
    hn::LoadInterleaved3(du, in + 3 * x, v0, v1, v2);
    hn::StoreU(hn::ConvertTo(df, hn::PromoteTo(di, v0)), df, r + x);
    hn::StoreU(hn::ConvertTo(df, hn::PromoteTo(di, v1)), df, g + x);
    hn::StoreU(hn::ConvertTo(df, hn::PromoteTo(di, v2)), df, b + x);
  }
  for (; x < n; ++x) {
    r[x] = static_cast<float>(in[3 * x]);
    g[x] = static_cast<float>(in[3 * x + 1]);
    b[x] = static_cast<float>(in[3 * x + 2]);
  }
}

template <>
HWY_INLINE void unpack_row(const float* in, float* HWY_RESTRICT r, float* HWY_RESTRICT g, float* HWY_RESTRICT b,
                           int n) {
  const hn::ScalableTag<float> df;
  const int lanes = static_cast<int>(hn::Lanes(df));
  int x = 0;
  for (; x + lanes <= n; x += lanes) {
    hn::Vec<decltype(df)> v0, v1, v2;
    hn::LoadInterleaved3(df, in + 3 * x, v0, v1, v2);
    hn::StoreU(v0, df, r + x);
    hn::StoreU(v1, df, g + x);
    hn::StoreU(v2, df, b + x);
  }
  for (; x < n; ++x) {
    r[x] = in[3 * x];
    g[x] = in[3 * x + 1];
    b[x] = in[3 * x + 2];
  }
}

// Three rows to packed triples, clipped to 0..high; `half` is 0.5 to round half up and 0 to truncate.
template <typename T>
void pack_row(const float* HWY_RESTRICT r, const float* HWY_RESTRICT g, const float* HWY_RESTRICT b,
              T* HWY_RESTRICT out, int n, float high, float half) {
  int x = 0;
  if constexpr (sizeof(T) == 1) {
    const hn::ScalableTag<float> df;
    const hn::Rebind<std::int32_t, decltype(df)> di;
    const hn::Rebind<T, decltype(df)> dt;
    const auto to_samples = [&](const float* row) {
      // Max's second operand is what a NaN gives.
      const auto v = hn::Min(hn::Max(hn::LoadU(df, row), hn::Zero(df)), hn::Set(df, high));
      return hn::DemoteTo(dt, hn::ConvertTo(di, hn::Add(v, hn::Set(df, half))));
    };
    const int lanes = static_cast<int>(hn::Lanes(df));
    for (; x + lanes <= n; x += lanes) {
      hn::StoreInterleaved3(to_samples(r + x), to_samples(g + x), to_samples(b + x), dt, out + 3 * x);
    }
  }
  for (; x < n; ++x) {
    out[3 * x] = static_cast<T>(static_cast<int>(clip(r[x], high) + half));
    out[3 * x + 1] = static_cast<T>(static_cast<int>(clip(g[x], high) + half));
    out[3 * x + 2] = static_cast<T>(static_cast<int>(clip(b[x], high) + half));
  }
}

// out = a + weight (b - a): exactly a where a == b.
HWY_INLINE void lerp_row(const float* a, const float* b, float weight, float* HWY_RESTRICT out, int n) {
#pragma omp simd
  for (int x = 0; x < n; ++x) out[x] = a[x] + weight * (b[x] - a[x]);
}

}  // namespace impasto::pixels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
