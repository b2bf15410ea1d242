#include "runtime/cpu/moments.h"

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/rows.h"

#include <algorithm>

namespace impasto::cpu {
namespace {

constexpr std::size_t kTileValues = 8192;
constexpr std::size_t kMostParts = 64;

// Adds `count` values with the given mean and sum of centred squares to those of a channel so far.
void merge(double& count_so_far, double& mean, double& squares, double count, double other_mean, double other_squares) {
  const double total = count_so_far + count;
  const double delta = other_mean - mean;
  mean += delta * count / total;
  squares += other_squares + delta * delta * count_so_far * count / total;
  count_so_far = total;
}

float value(DType dtype, const std::byte* x, std::size_t i) {
  return dtype == DType::f32 ? reinterpret_cast<const float*>(x)[i]
                             : bf16_to_f32(reinterpret_cast<const std::uint16_t*>(x)[i]);
}

}  // namespace

struct MomentSums::Part {
  double* mean;     // [C]
  double* squares;  // [C]
  float* sums;      // [period], of a tile
  float* centre;    // [period], of a tile
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

std::size_t MomentSums::workspace_bytes() const noexcept {
  return kMostParts * align_up(2 * channels_ * sizeof(double) + 2 * period_ * sizeof(float));
}

MomentSums::Part MomentSums::part(std::byte* workspace, std::size_t index) const {
  workspace += index * align_up(2 * channels_ * sizeof(double) + 2 * period_ * sizeof(float));
  auto* mean = reinterpret_cast<double*>(workspace);
  auto* sums = reinterpret_cast<float*>(mean + 2 * channels_);
  return {mean, mean + channels_, sums, sums + period_};
}

void MomentSums::sum_part(const std::byte* x, std::byte* workspace, std::size_t index) const {
  const Part p = part(workspace, index);
  std::fill_n(p.mean, 2 * channels_, 0.0);
  const std::size_t end = std::min(pixels_, (index + 1) * part_);
  const std::size_t whole_table = period_ / channels_;  // pixels
  double so_far = 0;
  std::size_t first = index * part_;
  while (end - first >= whole_table) {
    const std::size_t pixels = std::min(tile_, (end - first) / whole_table * whole_table);
    const auto count = static_cast<double>(pixels);
    const std::byte* tile = x + first * channels_ * size_of(dtype_);
    table_sums(dtype_, tile, pixels * channels_, period_, p.sums);
    for (std::size_t c = 0; c < channels_; ++c) {
      double sum = 0;
      for (std::size_t i = c; i < period_; i += channels_) sum += static_cast<double>(p.sums[i]);
      p.centre[c] = static_cast<float>(sum / count);
    }
    fill_table({p.centre, channels_}, {p.centre, period_});
    table_squares(dtype_, tile, pixels * channels_, period_, p.centre, p.sums);
    double merged = so_far;
    for (std::size_t c = 0; c < channels_; ++c) {
      double squares = 0;
      for (std::size_t i = c; i < period_; i += channels_) squares += static_cast<double>(p.sums[i]);
      merged = so_far;
      merge(merged, p.mean[c], p.squares[c], count, static_cast<double>(p.centre[c]), squares);
    }
    so_far = merged;
    first += pixels;
  }
  for (; first < end; ++first) {
    double merged = so_far;
    for (std::size_t c = 0; c < channels_; ++c) {
      merged = so_far;
      merge(merged, p.mean[c], p.squares[c], 1, static_cast<double>(value(dtype_, x, first * channels_ + c)), 0);
    }
    so_far = merged;
  }
}

void MomentSums::run(const std::byte* x, std::byte* workspace, std::span<double> mean,
                     std::span<double> variance) const {
  const std::size_t parts = (pixels_ + part_ - 1) / part_;
#pragma omp parallel for schedule(static) if (pixels_ * channels_ > 16384)
  for (std::size_t i = 0; i < parts; ++i) sum_part(x, workspace, i);

  for (std::size_t c = 0; c < channels_; ++c) {
    double count = 0;
    double m = 0;
    double squares = 0;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::size_t pixels = std::min(pixels_, (i + 1) * part_) - i * part_;
      const Part p = part(workspace, i);
      merge(count, m, squares, static_cast<double>(pixels), p.mean[c], p.squares[c]);
    }
    mean[c] = m;
    variance[c] = squares / count;
  }
}

}  // namespace impasto::cpu
