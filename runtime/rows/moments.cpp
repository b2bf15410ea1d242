#include "runtime/rows/moments.h"

#include "runtime/rows/rows.h"

#include <algorithm>

namespace impasto::cpu {
namespace {

constexpr std::size_t kTileValues = 8192;

float value(DType dtype, const std::byte* x, std::size_t i) {
  return dtype == DType::f32 ? reinterpret_cast<const float*>(x)[i]
                             : bf16_to_f32(reinterpret_cast<const std::uint16_t*>(x)[i]);
}

// So many values of this mean and sum of squares, too.
void add(Moments& all, double count, double added, double mean, double squares) {
  const double total = count + added;
  const double delta = mean - static_cast<double>(all.mean);
  all.mean = static_cast<float>(static_cast<double>(all.mean) + delta * added / total);
  all.squares = static_cast<float>(static_cast<double>(all.squares) + squares + delta * delta * count * added / total);
}

}  // namespace

std::size_t moments_scratch(int channels) {
  return 3 * table_size(channels);
}

// Each tile is centred on its first pixel, which is close enough for float32 sums, and corrected by the sum of
// differences.
void take_moments(DType dtype, const std::byte* x, std::size_t pixels, std::span<float> scratch,
                  std::span<Moments> channels, std::size_t before) {
  const std::size_t c_count = channels.size();
  const std::size_t period = scratch.size() / 3;  // values of a channel table
  const std::span<float> centre = scratch.first(period);
  const std::span<float> sums = scratch.subspan(period, period);
  const std::span<float> squares = scratch.subspan(2 * period, period);
  const std::size_t whole_table = period / c_count;  // pixels
  const std::size_t tile = std::max<std::size_t>(1, kTileValues / period) * whole_table;
  if (before == 0) std::ranges::fill(channels, Moments{});
  std::size_t done = 0;
  while (pixels - done >= whole_table) {
    const std::size_t count = std::min(tile, (pixels - done) / whole_table * whole_table);
    for (std::size_t c = 0; c < c_count; ++c) centre[c] = value(dtype, x, done * c_count + c);
    fill_table(centre.first(c_count), centre);
    table_sums(dtype, x + done * c_count * size_of(dtype), count * c_count, period, centre.data(), sums.data(),
               squares.data());
    for (std::size_t c = 0; c < c_count; ++c) {
      double sum = 0;
      double square = 0;
      for (std::size_t i = c; i < period; i += c_count) {
        sum += static_cast<double>(sums[i]);
        square += static_cast<double>(squares[i]);
      }
      const auto n = static_cast<double>(count);
      add(channels[c], static_cast<double>(before + done), n, static_cast<double>(centre[c]) + sum / n,
          std::max(0.0, square - sum * sum / n));
    }
    done += count;
  }
  for (; done < pixels; ++done) {
    for (std::size_t c = 0; c < c_count; ++c) {
      const auto one = static_cast<double>(value(dtype, x, done * c_count + c));
      add(channels[c], static_cast<double>(before + done), 1, one, 0);
    }
  }
}

void merge_moments(std::span<const Moments> parts, std::size_t pixels, std::size_t part, std::span<double> mean,
                   std::span<double> variance) {
  const std::size_t channels = mean.size();
  const auto for_parts = [&](const auto& body) {
    for (std::size_t i = 0; i * channels < parts.size(); ++i) {
      body(parts.subspan(i * channels, channels), static_cast<double>(std::min(part, pixels - i * part)));
    }
  };
  const double scale = 1.0 / static_cast<double>(pixels);
  std::ranges::fill(mean, 0.0);
  std::ranges::fill(variance, 0.0);
  for_parts([&](std::span<const Moments> own, double count) {
    for (std::size_t c = 0; c < channels; ++c) mean[c] += static_cast<double>(own[c].mean) * (count * scale);
  });
  for_parts([&](std::span<const Moments> own, double count) {
    for (std::size_t c = 0; c < channels; ++c) {
      const double delta = static_cast<double>(own[c].mean) - mean[c];
      variance[c] += (static_cast<double>(own[c].squares) + count * delta * delta) * scale;
    }
  });
}

}  // namespace impasto::cpu
