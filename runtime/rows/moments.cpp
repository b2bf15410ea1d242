#include "runtime/rows/moments.h"

#include "runtime/rows/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>

namespace impasto::cpu {
namespace {

constexpr std::size_t kTileValues = 8192;
constexpr std::size_t kMostParts = 64;

// Mean and sum of centred squares of the values of one channel.
struct Moments {
  double count = 0, mean = 0, squares = 0;

  void add(const Moments& other) {
    const double total = count + other.count;
    const double delta = other.mean - mean;
    mean += delta * other.count / total;
    squares += other.squares + delta * delta * count * other.count / total;
    count = total;
  }
};

float value(DType dtype, const std::byte* x, std::size_t i) {
  return dtype == DType::f32 ? reinterpret_cast<const float*>(x)[i]
                             : bf16_to_f32(reinterpret_cast<const std::uint16_t*>(x)[i]);
}

}  // namespace

struct MomentSums::Part {
  Moments* moments;  // [C]
  float* centre;     // [period], of a tile, as are the sums
  float* sums;
  float* squares;
};

MomentSums::MomentSums(const Shape& shape, DType dtype)
    : dtype_(dtype),
      channels_(static_cast<std::size_t>(shape.c)),
      pixels_(static_cast<std::size_t>(shape.h) * static_cast<std::size_t>(shape.w)),
      period_(table_size(shape.c)),
      tile_(std::max<std::size_t>(1, kTileValues / period_) * (period_ / channels_)) {
  const std::size_t tiles = (pixels_ + tile_ - 1) / tile_;
  part_ = (tiles + kMostParts - 1) / kMostParts * tile_;
}

std::size_t MomentSums::part_bytes() const noexcept {
  return align_up(channels_ * sizeof(Moments) + 3 * period_ * sizeof(float));
}
std::size_t MomentSums::workspace_bytes() const noexcept {
  return kMostParts * part_bytes();
}

MomentSums::Part MomentSums::part(std::byte* workspace, std::size_t index) const {
  auto* moments = reinterpret_cast<Moments*>(workspace + index * part_bytes());
  auto* tables = reinterpret_cast<float*>(moments + channels_);
  return {moments, tables, tables + period_, tables + 2 * period_};
}

// Each tile is centred on its first pixel, which is close enough for float32 sums, and corrected by the sum of
// differences.
void MomentSums::sum_part(const std::byte* x, std::byte* workspace, std::size_t index) const {
  const Part p = part(workspace, index);
  std::fill_n(p.moments, channels_, Moments{});
  const std::size_t end = std::min(pixels_, (index + 1) * part_);
  const std::size_t whole_table = period_ / channels_;  // pixels
  std::size_t first = index * part_;
  while (end - first >= whole_table) {
    const std::size_t pixels = std::min(tile_, (end - first) / whole_table * whole_table);
    for (std::size_t c = 0; c < channels_; ++c) p.centre[c] = value(dtype_, x, first * channels_ + c);
    fill_table({p.centre, channels_}, {p.centre, period_});
    table_sums(dtype_, x + first * channels_ * size_of(dtype_), pixels * channels_, period_, p.centre, p.sums,
               p.squares);
    const auto count = static_cast<double>(pixels);
    for (std::size_t c = 0; c < channels_; ++c) {
      double sum = 0;
      double squares = 0;
      for (std::size_t i = c; i < period_; i += channels_) {
        sum += static_cast<double>(p.sums[i]);
        squares += static_cast<double>(p.squares[i]);
      }
      const double centred = std::max(0.0, squares - sum * sum / count);
      p.moments[c].add({count, static_cast<double>(p.centre[c]) + sum / count, centred});
    }
    first += pixels;
  }
  for (; first < end; ++first) {
    for (std::size_t c = 0; c < channels_; ++c) {
      p.moments[c].add({1, static_cast<double>(value(dtype_, x, first * channels_ + c)), 0});
    }
  }
}

void MomentSums::run(const std::byte* x, std::byte* workspace, std::span<double> mean,
                     std::span<double> variance) const {
  const std::size_t parts = (pixels_ + part_ - 1) / part_;
#pragma omp parallel for schedule(static) if (pixels_ * channels_ > 16384)
  for (std::size_t i = 0; i < parts; ++i) sum_part(x, workspace, i);

  for (std::size_t c = 0; c < channels_; ++c) {
    Moments all;
    for (std::size_t i = 0; i < parts; ++i) all.add(part(workspace, i).moments[c]);
    mean[c] = all.mean;
    variance[c] = all.squares / all.count;
  }
}

}  // namespace impasto::cpu
