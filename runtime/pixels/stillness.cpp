// Where a frame stands still.
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/stillness.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_STILLNESS_JOBS
#define IMPASTO_STILLNESS_JOBS
namespace impasto::cpu {

struct StillnessJob {
  Stillness op;
  int h, w;

  [[nodiscard]] int rows() const { return (h + kStillnessCell - 1) / kStillnessCell; }
  [[nodiscard]] int columns() const { return (w + kStillnessCell - 1) / kStillnessCell; }
  [[nodiscard]] int cell_h() const { return std::min(h, kStillnessCell); }
  [[nodiscard]] int cell_w() const { return std::min(w, kStillnessCell); }
  // Where cell i begins: one that would reach over the edge is moved back.
  [[nodiscard]] static int first(int i, int extent) {
    return std::min(i * kStillnessCell, std::max(0, extent - kStillnessCell));
  }
};

// Of a cell's differences, summed over the channels: squares, and squares of the sums of columns, rows and all.
struct CellSums {
  int squares = 0;
  int columns = 0, largest_column = 0;
  int rows = 0, largest_row = 0;
  int all = 0;
};

inline float ramp(float x, float low, float high) {
  return std::clamp((x - low) / (high - low), 0.0F, 1.0F);
}

// What no column or row explains is the noise; n times its squares is below 2^30.
inline float stillness_of(const StillnessJob& job, const CellSums& s) {
  const int h = job.cell_h(), w = job.cell_w(), n = h * w;
  const int noise = n * s.squares - w * s.columns - h * s.rows + s.all;
  const int freedom = std::max(1, 3 * (h - 1) * (w - 1));
  const float variance = std::max(job.op.least_variance, static_cast<float>(noise) / static_cast<float>(n * freedom));
  const float group = std::max({static_cast<float>(s.largest_column) / static_cast<float>(h),
                                static_cast<float>(s.largest_row) / static_cast<float>(w),
                                static_cast<float>(s.all) / static_cast<float>(n)});
  const float power = static_cast<float>(s.squares) / static_cast<float>(3 * n);
  return 1 - std::max(ramp(group / variance, job.op.group_low, job.op.group_high),
                      ramp(power, job.op.power_low, job.op.power_high));
}

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The cell whose first pixels are `now` and `before`.
CellSums sums_of_cell(const StillnessJob& job, const std::uint8_t* now, const std::uint8_t* before) {
  CellSums sums;
  int columns[kStillnessCell][3] = {}, all[3] = {};
  for (int y = 0; y < job.cell_h(); ++y) {
    int row[3] = {};
    for (int x = 0; x < job.cell_w(); ++x) {
      for (int c = 0; c < 3; ++c) {
        const int d = now[3 * x + c] - before[3 * x + c];
        sums.squares += d * d;
        columns[x][c] += d;
        row[c] += d;
      }
    }
    const int square = row[0] * row[0] + row[1] * row[1] + row[2] * row[2];
    sums.rows += square;
    sums.largest_row = std::max(sums.largest_row, square);
    for (int c = 0; c < 3; ++c) all[c] += row[c];
    now += std::int64_t{3} * job.w;
    before += std::int64_t{3} * job.w;
  }
  for (const auto& column : columns) {
    const int square = column[0] * column[0] + column[1] * column[1] + column[2] * column[2];
    sums.columns += square;
    sums.largest_column = std::max(sums.largest_column, square);
  }
  sums.all = all[0] * all[0] + all[1] * all[1] + all[2] * all[2];
  return sums;
}

constexpr int kMaxPixels = 32;  // side by side at once
constexpr hn::CappedTag<std::uint8_t, kMaxPixels> kBytes;
constexpr int kMaxCells = kMaxPixels / kStillnessCell;

// The same of Lanes(kBytes) / 8 whole cells side by side.
HWY_NOINLINE void sums_of_cells(const StillnessJob& job, const std::uint8_t* now, const std::uint8_t* before,
                                CellSums* out) {
  const hn::Repartition<std::int16_t, decltype(kBytes)> d16;
  const hn::Repartition<std::int32_t, decltype(kBytes)> d32;
  const hn::Repartition<std::int64_t, decltype(kBytes)> d64;
  const hn::Repartition<std::uint32_t, decltype(kBytes)> u32;
  const hn::Half<decltype(kBytes)> half_bytes;
  using V16 = hn::Vec<decltype(d16)>;
  using V32 = hn::Vec<decltype(d32)>;
  using V64 = hn::Vec<decltype(d64)>;
  V16 low0 = hn::Zero(d16), low1 = low0, low2 = low0, high0 = low0, high1 = low0, high2 = low0;  // columns' sums
  V32 squares_low = hn::Zero(d32), squares_high = squares_low, largest_row = squares_low;
  V64 rows = hn::Zero(d64), all0 = rows, all1 = rows, all2 = rows;
  // d^2 has 16 bits without a sign; neighbours are added.
  const auto square_pairs = [&](V16 d) HWY_ATTR {
    const auto pair = hn::BitCast(u32, hn::Mul(d, d));
    return hn::BitCast(d32, hn::Add(hn::And(pair, hn::Set(u32, 0xFFFF)), hn::ShiftRight<16>(pair)));
  };
  const auto add = [&](auto a, auto b, V16& low, V16& high, V64& all) HWY_ATTR {
    const V16 d_low = hn::Sub(hn::PromoteTo(d16, hn::LowerHalf(a)), hn::PromoteTo(d16, hn::LowerHalf(b)));
    const V16 d_high =
        hn::Sub(hn::PromoteTo(d16, hn::UpperHalf(half_bytes, a)), hn::PromoteTo(d16, hn::UpperHalf(half_bytes, b)));
    low = hn::Add(low, d_low);
    high = hn::Add(high, d_high);
    squares_low = hn::Add(squares_low, square_pairs(d_low));
    squares_high = hn::Add(squares_high, square_pairs(d_high));
    const V64 row = hn::Sub(hn::BitCast(d64, hn::SumsOf8(a)), hn::BitCast(d64, hn::SumsOf8(b)));
    all = hn::Add(all, row);
    return hn::MulEven(hn::BitCast(d32, row), hn::BitCast(d32, row));
  };
  for (int y = 0; y < kStillnessCell; ++y) {
    hn::Vec<decltype(kBytes)> a0, a1, a2, b0, b1, b2;
    hn::LoadInterleaved3(kBytes, now, a0, a1, a2);
    hn::LoadInterleaved3(kBytes, before, b0, b1, b2);
    V64 row = add(a0, b0, low0, high0, all0);
    row = hn::Add(row, add(a1, b1, low1, high1, all1));
    row = hn::Add(row, add(a2, b2, low2, high2, all2));
    rows = hn::Add(rows, row);
    largest_row = hn::Max(largest_row, hn::BitCast(d32, row));
    now += std::int64_t{3} * job.w;
    before += std::int64_t{3} * job.w;
  }
  // From here on once a cell.
  HWY_ALIGN std::int16_t columns[3][kMaxPixels];
  HWY_ALIGN std::int32_t squares[kMaxPixels / 2], largest[kMaxCells * 2];
  HWY_ALIGN std::int64_t of_rows[kMaxCells], of_all[3][kMaxCells];
  const std::size_t half = hn::Lanes(d16);
  hn::Store(low0, d16, columns[0]);
  hn::Store(high0, d16, columns[0] + half);
  hn::Store(low1, d16, columns[1]);
  hn::Store(high1, d16, columns[1] + half);
  hn::Store(low2, d16, columns[2]);
  hn::Store(high2, d16, columns[2] + half);
  hn::Store(squares_low, d32, squares);
  hn::Store(squares_high, d32, squares + half / 2);
  hn::Store(largest_row, d32, largest);
  hn::Store(rows, d64, of_rows);
  hn::Store(all0, d64, of_all[0]);
  hn::Store(all1, d64, of_all[1]);
  hn::Store(all2, d64, of_all[2]);
  for (std::size_t cell = 0; cell < 2 * half / kStillnessCell; ++cell) {
    CellSums sums;
    for (std::size_t x = cell * kStillnessCell; x < (cell + 1) * kStillnessCell; ++x) {
      const int r = columns[0][x], g = columns[1][x], b = columns[2][x];
      const int square = r * r + g * g + b * b;
      sums.columns += square;
      sums.largest_column = std::max(sums.largest_column, square);
    }
    for (std::size_t pair = 4 * cell; pair < 4 * (cell + 1); ++pair) sums.squares += squares[pair];
    sums.rows = static_cast<int>(of_rows[cell]);
    sums.largest_row = largest[2 * cell];
    for (const auto& all : of_all) sums.all += static_cast<int>(all[cell] * all[cell]);
    out[cell] = sums;
  }
}

void stillness(const StillnessJob& job, const Binding& binding) {
  const auto* now = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]);
  const auto* before = reinterpret_cast<const std::uint8_t*>(binding.inputs[1]);
  auto* out = reinterpret_cast<float*>(binding.outputs[0]);
  const int rows = job.rows(), columns = job.columns();
  const int at_once = static_cast<int>(hn::Lanes(kBytes)) / kStillnessCell;
  const int whole_columns = job.w / kStillnessCell;
#pragma omp parallel for schedule(static) if (rows * columns > 256)
  for (int i = 0; i < rows; ++i) {
    const std::int64_t top = std::int64_t{3} * job.w * job.first(i, job.h);
    float* still = out + std::int64_t{i} * columns;
    int j = 0;
    if (job.h >= kStillnessCell) {
      for (; j + at_once <= whole_columns; j += at_once) {
        const std::int64_t at = top + std::int64_t{3} * kStillnessCell * j;
        CellSums sums[kMaxCells];
        sums_of_cells(job, now + at, before + at, sums);
        for (int k = 0; k < at_once; ++k) still[j + k] = stillness_of(job, sums[k]);
      }
    }
    for (; j < columns; ++j) {
      const std::int64_t at = top + 3 * job.first(j, job.w);
      still[j] = stillness_of(job, sums_of_cell(job, now + at, before + at));
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(stillness);

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Stillness& op) {
  const Shape& frame = build.in(node).shape;
  const StillnessJob job{op, frame.h, frame.w};
  const auto run = [job](const Binding& binding) { return HWY_DYNAMIC_DISPATCH(stillness)(job, binding); };
  return kernel_of(simd_name(), run);
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
