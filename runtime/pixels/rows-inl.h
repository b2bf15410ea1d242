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
namespace impasto::cpu::HWY_NAMESPACE {

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

// A vector of floats from samples.
template <class D, class V>
HWY_INLINE hn::Vec<D> to_floats(D d, V samples) {
  if constexpr (sizeof(hn::TFromV<V>) == 1) {
    return hn::ConvertTo(d, hn::PromoteTo(hn::RebindToSigned<D>(), samples));
  } else {
    return samples;
  }
}

// Packed triples to three rows.
template <typename T>
void unpack_row(const T* in, float* HWY_RESTRICT r, float* HWY_RESTRICT g, float* HWY_RESTRICT b, int n) {
  int x = 0;
  if constexpr (sizeof(T) != 2) {
    const hn::ScalableTag<float> df;
    const hn::Rebind<T, decltype(df)> dt;
    const int lanes = static_cast<int>(hn::Lanes(df));
    for (; x + lanes <= n; x += lanes) {
      hn::Vec<decltype(dt)> v0, v1, v2;
      hn::LoadInterleaved3(dt, in + 3 * x, v0, v1, v2);
      hn::StoreU(to_floats(df, v0), df, r + x);
      hn::StoreU(to_floats(df, v1), df, g + x);
      hn::StoreU(to_floats(df, v2), df, b + x);
    }
  }
#pragma omp simd
  for (int i = x; i < n; ++i) {
    r[i] = static_cast<float>(in[3 * i]);
    g[i] = static_cast<float>(in[3 * i + 1]);
    b[i] = static_cast<float>(in[3 * i + 2]);
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

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
