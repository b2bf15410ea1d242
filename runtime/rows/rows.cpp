#include "runtime/rows/rows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>

// Highway compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/rows/rows.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;
using V = hn::Vec<Float>;

// Element types: how a vector of floats is read from them and written to them.
struct F32 {
  using Lane = float;
  static V load(const Lane* p) { return hn::LoadU(Float(), p); }
  static void store(V v, Lane* p) { hn::StoreU(v, Float(), p); }
};

struct Bf16 {
  using Lane = std::uint16_t;
  static V load(const Lane* p) {
    const hn::RebindToUnsigned<Float> du;
    const hn::Rebind<Lane, Float> d16;
    return hn::BitCast(Float(), hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(d16, p))));
  }
  static void store(V v, Lane* p) {
    const hn::RebindToUnsigned<Float> du;
    const hn::RebindToSigned<Float> di;
    const hn::Rebind<Lane, Float> d16;
    const auto bits = hn::BitCast(du, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
    const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF)));
    const auto quiet = hn::Or(bits, hn::Set(du, 0x400000));  // rounding could carry a NaN into the exponent
    const auto kept = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), quiet, rounded);
    hn::StoreU(hn::DemoteTo(d16, hn::BitCast(di, hn::ShiftRight<16>(kept))), d16, p);
  }
};

struct U8 {
  using Lane = std::uint8_t;
  static V load(const Lane* p) {
    const hn::RebindToSigned<Float> di;
    const hn::Rebind<Lane, Float> d8;
    return hn::ConvertTo(Float(), hn::PromoteTo(di, hn::LoadU(d8, p)));
  }
};

constexpr std::size_t kMostLanes = 16;

std::size_t lanes() {
  return hn::Lanes(Float());
}

// The first n < lanes values of a row's end.
template <typename T>
V load_some(const typename T::Lane* p, std::size_t n) {
  typename T::Lane buffer[kMostLanes] = {};
  std::memcpy(buffer, p, n * sizeof(typename T::Lane));
  return T::load(buffer);
}
template <typename T>
void store_some(V v, typename T::Lane* p, std::size_t n) {
  typename T::Lane buffer[kMostLanes];
  T::store(v, buffer);
  std::memcpy(p, buffer, n * sizeof(typename T::Lane));
}

// Calls body(i, load, store) for each vector of a row, the last one perhaps partial.
template <typename Body>
HWY_INLINE void for_vectors(std::size_t count, const Body& body) {
  const std::size_t step = lanes();
  std::size_t i = 0;
  for (; i + step <= count; i += step) body(i, step);
  if (i < count) body(i, count - i);
}
template <typename T>
HWY_INLINE V load(const typename T::Lane* p, std::size_t n) {
  return n == lanes() ? T::load(p) : load_some<T>(p, n);
}
template <typename T>
HWY_INLINE void store(V v, typename T::Lane* p, std::size_t n) {
  n == lanes() ? T::store(v, p) : store_some<T>(v, p, n);
}

template <Activation A>
HWY_INLINE V activate(V x) {
  const Float d;
  if constexpr (A == Activation::relu) {
    return hn::Max(x, hn::Zero(d));
  } else if constexpr (A == Activation::relu6) {
    return hn::Min(hn::Max(x, hn::Zero(d)), hn::Set(d, 6.0F));
  } else if constexpr (A == Activation::hard_swish) {
    const V ramp = hn::Min(hn::Max(hn::Add(x, hn::Set(d, 3.0F)), hn::Zero(d)), hn::Set(d, 6.0F));
    return hn::Mul(x, hn::Mul(ramp, hn::Set(d, 1.0F / 6)));
  } else if constexpr (A == Activation::sigmoid) {
    // Past 87 the result is 0 or 1 to the last bit, and e^x would overflow soon.
    const V t = hn::Min(hn::Max(hn::Neg(x), hn::Set(d, -87.0F)), hn::Set(d, 87.0F));
    return hn::Div(hn::Set(d, 1.0F), hn::Add(hn::Set(d, 1.0F), hn::Exp(d, t)));
  } else if constexpr (A == Activation::tanh) {
    return hn::Tanh(d, x);
  } else {
    return x;
  }
}

// Calls f with the activation as a template argument.
template <typename F>
void with_activation(Activation activation, const F& f) {
  switch (activation) {
    case Activation::none:
      return f.template operator()<Activation::none>();
    case Activation::relu:
      return f.template operator()<Activation::relu>();
    case Activation::relu6:
      return f.template operator()<Activation::relu6>();
    case Activation::hard_swish:
      return f.template operator()<Activation::hard_swish>();
    case Activation::sigmoid:
      return f.template operator()<Activation::sigmoid>();
    case Activation::tanh:
      return f.template operator()<Activation::tanh>();
  }
}

// Calls f with the element type as a template argument.
template <typename F>
void with_type(DType dtype, const F& f) {
  dtype == DType::f32 ? f.template operator()<F32>() : f.template operator()<Bf16>();
}

template <typename T>
const typename T::Lane* as(const std::byte* p) {
  return reinterpret_cast<const typename T::Lane*>(p);
}
template <typename T>
typename T::Lane* as(std::byte* p) {
  return reinterpret_cast<typename T::Lane*>(p);
}

template <typename In, typename Out, Activation A>
void normalise(const NormTables& op, const typename In::Lane* x, const typename In::Lane* addend, typename Out::Lane* y,
               std::size_t count) {
  const Float d;
  const V scale = hn::Set(d, op.out_scale);
  const V offset = hn::Set(d, op.out_offset);
  std::size_t entry = 0;
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V centred = hn::Sub(load<In>(x + i, n), hn::LoadU(d, op.mean + entry));
    const V value = hn::MulAdd(centred, hn::LoadU(d, op.gain + entry), hn::LoadU(d, op.beta + entry));
    V result = hn::MulAdd(activate<A>(value), scale, offset);
    if (addend != nullptr) result = hn::Add(result, load<In>(addend + i, n));
    store<Out>(result, y + i, n);
    entry += lanes();
    if (entry == op.period) entry = 0;
  });
}

void NormaliseRow(const NormTables& op, DType in, const std::byte* x, const std::byte* addend, DType out, std::byte* y,
                  std::size_t count) {
  with_activation(op.activation, [&]<Activation A>() {
    with_type(in, [&]<typename In>() {
      with_type(out, [&]<typename Out>() { normalise<In, Out, A>(op, as<In>(x), as<In>(addend), as<Out>(y), count); });
    });
  });
}

template <typename T, Activation A>
void add(const typename T::Lane* a, const typename T::Lane* b, typename T::Lane* y, std::size_t count) {
  for_vectors(count, [&](std::size_t i, std::size_t n)
                         HWY_ATTR { store<T>(activate<A>(hn::Add(load<T>(a + i, n), load<T>(b + i, n))), y + i, n); });
}

void AddRow(Activation activation, DType dtype, const std::byte* a, const std::byte* b, std::byte* y,
            std::size_t count) {
  with_activation(activation, [&]<Activation A>() {
    with_type(dtype, [&]<typename T>() { add<T, A>(as<T>(a), as<T>(b), as<T>(y), count); });
  });
}

template <typename T>
void multiply(const typename T::Lane* a, const typename T::Lane* g, const typename T::Lane* b, typename T::Lane* y,
              std::size_t count) {
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V product = hn::Mul(load<T>(a + i, n), load<T>(g + i, n));
    store<T>(b == nullptr ? product : hn::Add(product, load<T>(b + i, n)), y + i, n);
  });
}

void MultiplyRow(DType dtype, const std::byte* a, const std::byte* g, const std::byte* b, std::byte* y,
                 std::size_t count) {
  with_type(dtype, [&]<typename T>() { multiply<T>(as<T>(a), as<T>(g), as<T>(b), as<T>(y), count); });
}

template <typename In, typename Out, Activation A>
void convert(const Convert& op, const typename In::Lane* x, typename Out::Lane* y, std::size_t count) {
  const V scale = hn::Set(Float(), op.scale);
  const V offset = hn::Set(Float(), op.offset);
  const bool moves = op.offset != 0;  // -0 + 0 would lose its sign
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V scaled = hn::Mul(activate<A>(load<In>(x + i, n)), scale);
    store<Out>(moves ? hn::Add(scaled, offset) : scaled, y + i, n);
  });
}

void ConvertRow(const Convert& op, DType in, const std::byte* x, DType out, std::byte* y, std::size_t count) {
  with_activation(op.activation, [&]<Activation A>() {
    with_type(out, [&]<typename Out>() {
      if (in == DType::u8) return convert<U8, Out, A>(op, as<U8>(x), as<Out>(y), count);
      with_type(in, [&]<typename In>() { convert<In, Out, A>(op, as<In>(x), as<Out>(y), count); });
    });
  });
}

template <typename T>
void blend(float weight, const typename T::Lane* a, const typename T::Lane* b, float* y, std::size_t count) {
  const V factor = hn::Set(Float(), weight);
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V from = load<T>(a + i, n);
    store<F32>(hn::MulAdd(factor, hn::Sub(load<T>(b + i, n), from), from), y + i, n);
  });
}

void BlendRows(float weight, DType dtype, const std::byte* a, const std::byte* b, float* y, std::size_t count) {
  with_type(dtype, [&]<typename T>() { blend<T>(weight, as<T>(a), as<T>(b), y, count); });
}

template <typename Out>
void blend_columns(std::span<const ColumnBlend> columns, std::size_t channels, const float* x, typename Out::Lane* y) {
  for (const ColumnBlend& column : columns) {
    const float* a = x + column.left;
    const float* b = a + column.step;
    const V factor = hn::Set(Float(), column.weight);
    for_vectors(channels, [&](std::size_t i, std::size_t n) HWY_ATTR {
      const V from = load<F32>(a + i, n);
      store<Out>(hn::MulAdd(factor, hn::Sub(load<F32>(b + i, n), from), from), y + i, n);
    });
    y += channels;
  }
}

void BlendColumns(std::span<const ColumnBlend> columns, int channels, const float* x, DType out, std::byte* y) {
  const auto c = static_cast<std::size_t>(channels);
  with_type(out, [&]<typename Out>() { blend_columns<Out>(columns, c, x, as<Out>(y)); });
}

// Four sums at a time hide the latency.
template <typename T>
void table_sums(const typename T::Lane* x, std::size_t count, std::size_t period, const float* centre, float* sums,
                float* squares) {
  const Float d;
  for (std::size_t j = 0; j < period; j += lanes()) {
    const V middle = hn::LoadU(d, centre + j);
    V sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    V square[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    const auto take = [&](std::size_t i, int which) HWY_ATTR {
      const V difference = hn::Sub(T::load(x + i), middle);
      sum[which] = hn::Add(sum[which], difference);
      square[which] = hn::MulAdd(difference, difference, square[which]);
    };
    std::size_t i = j;
    for (; i + 3 * period < count; i += 4 * period) {
      take(i, 0);
      take(i + period, 1);
      take(i + 2 * period, 2);
      take(i + 3 * period, 3);
    }
    for (; i < count; i += period) take(i, 0);
    hn::StoreU(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3])), d, sums + j);
    hn::StoreU(hn::Add(hn::Add(square[0], square[1]), hn::Add(square[2], square[3])), d, squares + j);
  }
}

void TableSums(DType dtype, const std::byte* x, std::size_t count, std::size_t period, const float* centre, float* sums,
               float* squares) {
  with_type(dtype, [&]<typename T>() { table_sums<T>(as<T>(x), count, period, centre, sums, squares); });
}

void WinogradIn(std::array<const float*, 5> x, std::array<float*, 5> y, std::size_t count) {
  const V two = hn::Set(Float(), 2.0F);
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V d1 = load<F32>(x[1] + i, n), d2 = load<F32>(x[2] + i, n), d3 = load<F32>(x[3] + i, n);
    const V d31 = hn::Sub(d3, d1), d32 = hn::Sub(d3, d2);
    store<F32>(hn::MulAdd(two, hn::Sub(load<F32>(x[0] + i, n), d2), d31), y[0] + i, n);
    store<F32>(hn::NegMulAdd(two, d1, d32), y[1] + i, n);
    store<F32>(hn::MulAdd(two, hn::Sub(d1, d2), d32), y[2] + i, n);
    store<F32>(d31, y[3] + i, n);
    store<F32>(hn::NegMulAdd(two, d31, hn::Sub(load<F32>(x[4] + i, n), d2)), y[4] + i, n);
  });
}

void WinogradOut(std::array<const float*, 5> x, std::array<float*, 3> y, std::size_t count) {
  const V two = hn::Set(Float(), 2.0F), four = hn::Set(Float(), 4.0F);
  for_vectors(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
    const V m1 = load<F32>(x[1] + i, n), m2 = load<F32>(x[2] + i, n), m3 = load<F32>(x[3] + i, n);
    const V sum = hn::Add(m1, m2);
    store<F32>(hn::Add(hn::Add(load<F32>(x[0] + i, n), sum), m3), y[0] + i, n);
    store<F32>(hn::MulAdd(two, m3, hn::Sub(m1, m2)), y[1] + i, n);
    store<F32>(hn::MulAdd(four, m3, hn::Add(sum, load<F32>(x[4] + i, n))), y[2] + i, n);
  });
}

}  // namespace
}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {

HWY_EXPORT(NormaliseRow);
HWY_EXPORT(AddRow);
HWY_EXPORT(MultiplyRow);
HWY_EXPORT(ConvertRow);
HWY_EXPORT(BlendRows);
HWY_EXPORT(BlendColumns);
HWY_EXPORT(TableSums);
HWY_EXPORT(WinogradIn);
HWY_EXPORT(WinogradOut);

std::size_t table_size(int channels) {
  return static_cast<std::size_t>(std::lcm(channels, 16));
}

void fill_table(std::span<const float> channels, std::span<float> table) {
  for (std::size_t i = 0; i < table.size(); i += channels.size()) {
    std::copy(channels.begin(), channels.end(), table.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void normalise_row(const NormTables& op, DType in, const std::byte* x, const std::byte* addend, DType out, std::byte* y,
                   std::size_t count) {
  HWY_DYNAMIC_DISPATCH(NormaliseRow)(op, in, x, addend, out, y, count);
}

void add_row(Activation activation, DType dtype, const std::byte* a, const std::byte* b, std::byte* y,
             std::size_t count) {
  HWY_DYNAMIC_DISPATCH(AddRow)(activation, dtype, a, b, y, count);
}

void multiply_row(DType dtype, const std::byte* a, const std::byte* g, const std::byte* b, std::byte* y,
                  std::size_t count) {
  HWY_DYNAMIC_DISPATCH(MultiplyRow)(dtype, a, g, b, y, count);
}

void convert_row(const Convert& op, DType in, const std::byte* x, DType out, std::byte* y, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(ConvertRow)(op, in, x, out, y, count);
}

void blend_rows(float weight, DType dtype, const std::byte* a, const std::byte* b, float* y, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(BlendRows)(weight, dtype, a, b, y, count);
}

void blend_columns(std::span<const ColumnBlend> columns, int channels, const float* x, DType out, std::byte* y) {
  HWY_DYNAMIC_DISPATCH(BlendColumns)(columns, channels, x, out, y);
}

void table_sums(DType dtype, const std::byte* x, std::size_t count, std::size_t period, const float* centre,
                float* sums, float* squares) {
  HWY_DYNAMIC_DISPATCH(TableSums)(dtype, x, count, period, centre, sums, squares);
}

void winograd_in(std::array<const float*, 5> x, std::array<float*, 5> y, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(WinogradIn)(x, y, count);
}

void winograd_out(std::array<const float*, 5> x, std::array<float*, 3> y, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(WinogradOut)(x, y, count);
}

std::string simd_name() {
  const std::int64_t best = hwy::SupportedTargets() & HWY_TARGETS;
  return std::string("highway ") + hwy::TargetName(best & -best);
}

}  // namespace impasto::cpu
#endif
