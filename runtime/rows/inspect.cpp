#include "runtime/rows/kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

// Highway compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/rows/inspect.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#ifndef IMPASTO_CPU_INSPECT
#define IMPASTO_CPU_INSPECT
namespace impasto::cpu {

// Of a channel of one row.
struct Extent {
  float least = std::numeric_limits<float>::infinity();
  float largest = -std::numeric_limits<float>::infinity();
  float others = 0;

  void take(const Extent& more) {
    least = std::min(least, more.least);
    largest = std::max(largest, more.largest);
    others += more.others;
  }
};
using Extents = std::array<Extent, 3>;  // by channel

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kVectors = 3;  // at a time: value i of so many is of channel i mod C, for C = 1 and 3

// Values of a row one by one, from the i-th on.
template <typename T>
void take_values(const T* x, std::size_t i, std::size_t count, std::size_t channels, Extents& extents) {
  for (; i < count; ++i) {
    const auto value = static_cast<float>(x[i]);
    extents[i % channels].take(std::isfinite(value) ? Extent{value, value, 0} : Extent{.others = 1});
  }
}

void InspectFloats(const float* x, std::size_t count, std::size_t channels, Extents& extents) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto most = hn::Set(d, std::numeric_limits<float>::max());
  const auto infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  auto least0 = infinity, least1 = infinity, least2 = infinity;
  auto largest0 = hn::Neg(infinity), largest1 = largest0, largest2 = largest0;
  auto others0 = hn::Zero(d), others1 = others0, others2 = others0;
  const auto take = [&](const float* from, auto& least, auto& largest, auto& others) {
    const auto value = hn::LoadU(d, from);
    const auto finite = hn::Le(hn::Abs(value), most);
    least = hn::Min(least, hn::IfThenElse(finite, value, infinity));
    largest = hn::Max(largest, hn::IfThenElse(finite, value, hn::Neg(infinity)));
    others = hn::Add(others, hn::IfThenElse(finite, hn::Zero(d), hn::Set(d, 1.0F)));
  };
  std::size_t i = 0;
  for (; i + kVectors * lanes <= count; i += kVectors * lanes) {
    take(x + i, least0, largest0, others0);
    take(x + i + lanes, least1, largest1, others1);
    take(x + i + 2 * lanes, least2, largest2, others2);
  }
  constexpr std::size_t kMost = HWY_MAX_BYTES / sizeof(float);
  HWY_ALIGN float low[kVectors * kMost], high[kVectors * kMost], bad[kVectors * kMost];
  const auto put = [&](std::size_t at, auto least, auto largest, auto others) {
    hn::StoreU(least, d, low + at);
    hn::StoreU(largest, d, high + at);
    hn::StoreU(others, d, bad + at);
  };
  put(0, least0, largest0, others0);
  put(lanes, least1, largest1, others1);
  put(2 * lanes, least2, largest2, others2);
  for (std::size_t k = 0; k < kVectors * lanes; ++k) extents[k % channels].take({low[k], high[k], bad[k]});
  take_values(x, i, count, channels, extents);
}

void InspectBytes(const std::uint8_t* x, std::size_t count, std::size_t channels, Extents& extents) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = kVectors * lanes;
  if (count >= i) {
    const auto at = [&](std::size_t k) { return hn::LoadU(d, x + k * lanes); };
    auto least0 = at(0), least1 = at(1), least2 = at(2);
    auto largest0 = least0, largest1 = least1, largest2 = least2;
    const auto take = [&](const std::uint8_t* from, auto& least, auto& largest) {
      const auto value = hn::LoadU(d, from);
      least = hn::Min(least, value);
      largest = hn::Max(largest, value);
    };
    for (; i + kVectors * lanes <= count; i += kVectors * lanes) {
      take(x + i, least0, largest0);
      take(x + i + lanes, least1, largest1);
      take(x + i + 2 * lanes, least2, largest2);
    }
    HWY_ALIGN std::uint8_t ends[2 * kVectors * HWY_MAX_BYTES];
    const std::size_t half = kVectors * lanes;
    hn::StoreU(least0, d, ends);
    hn::StoreU(least1, d, ends + lanes);
    hn::StoreU(least2, d, ends + 2 * lanes);
    hn::StoreU(largest0, d, ends + half);
    hn::StoreU(largest1, d, ends + half + lanes);
    hn::StoreU(largest2, d, ends + half + 2 * lanes);
    for (std::size_t c = 0; c < channels; ++c) {
      std::uint8_t low = ends[c], high = ends[half + c];
      for (std::size_t k = c; k < half; k += channels) {
        low = std::min(low, ends[k]);
        high = std::max(high, ends[half + k]);
      }
      extents[c].take({static_cast<float>(low), static_cast<float>(high), 0});
    }
  } else {
    i = 0;
  }
  take_values(x, i, count, channels, extents);
}

}  // namespace
}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(InspectFloats);
HWY_EXPORT(InspectBytes);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Inspect& /*op*/) {
  const Layout in = build.in(node);
  auto run = [in](const Binding& b) {
    auto* rows = reinterpret_cast<Extents*>(b.workspace);
    const auto channels = static_cast<std::size_t>(in.shape.c);
    // Less than this is read sooner than other threads are there.
    constexpr std::size_t kBytesForThreads = std::size_t{1} << 20;
#pragma omp parallel for schedule(static) if (in.bytes() >= kBytesForThreads)
    for (int y = 0; y < in.shape.h; ++y) {
      const std::byte* x = in.row(b.inputs[0], 0, y);
      Extents extents;
      if (in.dtype == DType::u8) {
        HWY_DYNAMIC_DISPATCH(InspectBytes)
        (reinterpret_cast<const std::uint8_t*>(x), in.row_values(), channels, extents);
      } else {
        HWY_DYNAMIC_DISPATCH(InspectFloats)(reinterpret_cast<const float*>(x), in.row_values(), channels, extents);
      }
      rows[y] = extents;
    }
    auto* to = reinterpret_cast<float*>(b.outputs[0]);
    for (std::size_t c = 0; c < channels; ++c) {
      Extent all;
      for (int y = 0; y < in.shape.h; ++y) all.take(rows[y].at(c));
      to[3 * c] = all.least + 0.0F;  // never -0, which of two zeros is the least being chance
      to[3 * c + 1] = all.largest + 0.0F;
      to[3 * c + 2] = all.others;
    }
  };
  return kernel_of("highway", std::move(run), align_up(static_cast<std::size_t>(in.shape.h) * sizeof(Extents)));
}

}  // namespace impasto::cpu
#endif
