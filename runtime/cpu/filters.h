// Filters rewritten, so that convolutions which oneDNN does badly become ones that it does well.
#pragma once

#include "runtime/graph.h"

#include <cstddef>
#include <vector>

namespace impasto::cpu {

struct Filter {
  int k = 1, c = 1, r = 1, s = 1;
  std::vector<float> values;  // [K,C,R,S]

  Filter(int k_count, int c_count, int r_count, int s_count);
  [[nodiscard]] float& at(int k_index, int c_index, int r_index, int s_index) {
    return values[place(k_index, c_index, r_index, s_index)];
  }
  [[nodiscard]] float at(int k_index, int c_index, int r_index, int s_index) const {
    return values[place(k_index, c_index, r_index, s_index)];
  }

 private:
  [[nodiscard]] std::size_t place(int k_index, int c_index, int r_index, int s_index) const;
};

[[nodiscard]] Filter filter_of(const Node& node, const Conv2d& op, int channels);    // scaled
[[nodiscard]] Filter filter_of(const Node& node, const Deconv2d& op, int channels);  // [K,C,R,S], too
// `times` times, one behind the other; empty if the node has none.
[[nodiscard]] std::vector<float> bias_of(const Node& node, int times = 1);

// Of few channels: `pixels` pixels beside each other count as one with so many times the channels, in and out. The
// filter is as wide as `pixels` outputs see, and zero where one of them does not.
[[nodiscard]] Filter side_by_side(const Filter& filter, int pixels);

// F(3,3) along the columns: with the rows of the input and the output transformed (rows.h), a convolution of R = 3 n
// rows is five, component 0 to 4, of n rows each, on rows of tiles that are three rows apart.
inline constexpr int kTileRows = 3;
inline constexpr int kComponents = 5;
[[nodiscard]] Filter winograd_rows(const Filter& filter, int component);

// A convolution of a picture enlarged twofold (nearest) as a transposed one of stride 2: out[2y + i - R + 1 + pad] +=
// x[y] * filter[i], with a row and a column more than before.
[[nodiscard]] Filter enlarged(const Filter& filter);

// A transposed convolution as one convolution per output phase. With stride t, row t y + i of the full result takes
// x[y - a] * filter[i + t a] for a = 0 .. taps - 1, and columns alike: phase (i, j) as a filter over x with a border of
// zeros. Where i + t a >= R it is zero.
[[nodiscard]] Filter phase_of(const Filter& filter, int stride, int i, int j, int taps_r, int taps_s);
// The K of all of them in one filter.
[[nodiscard]] Filter joined_filters(const std::vector<Filter>& filters);

}  // namespace impasto::cpu
