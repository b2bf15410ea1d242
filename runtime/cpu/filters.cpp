#include "runtime/cpu/filters.h"

#include <array>

namespace impasto::cpu {
namespace {

// f(k, c, r, s) for each value.
template <typename F>
void for_values(const Filter& filter, const F& f) {
  for (int k = 0; k < filter.k; ++k) {
    for (int c = 0; c < filter.c; ++c) {
      for (int r = 0; r < filter.r; ++r) {
        for (int s = 0; s < filter.s; ++s) f(k, c, r, s);
      }
    }
  }
}

}  // namespace

Filter::Filter(int k_count, int c_count, int r_count, int s_count)
    : k(k_count),
      c(c_count),
      r(r_count),
      s(s_count),
      values(static_cast<std::size_t>(k) * static_cast<std::size_t>(c) * static_cast<std::size_t>(r) *
             static_cast<std::size_t>(s)) {}

std::size_t Filter::place(int k_index, int c_index, int r_index, int s_index) const {
  const std::size_t plane =
      static_cast<std::size_t>(k_index) * static_cast<std::size_t>(c) + static_cast<std::size_t>(c_index);
  const std::size_t row = plane * static_cast<std::size_t>(r) + static_cast<std::size_t>(r_index);
  return row * static_cast<std::size_t>(s) + static_cast<std::size_t>(s_index);
}

Filter filter_of(const Node& node, const Conv2d& op, int channels) {
  Filter filter(op.k, channels / op.groups, op.r, op.s);
  filter.values = to_floats(node.weights[0]);
  for (float& value : filter.values) value *= op.weight_scale;
  return filter;
}

Filter filter_of(const Node& node, const Deconv2d& op, int channels) {
  Filter swapped(channels, op.k, op.r, op.s);
  swapped.values = to_floats(node.weights[0]);
  Filter filter(op.k, channels, op.r, op.s);
  for_values(filter, [&](int k, int c, int r, int s) { filter.at(k, c, r, s) = swapped.at(c, k, r, s); });
  return filter;
}

std::vector<float> bias_of(const Node& node, int times) {
  std::vector<float> bias;
  if (node.weights.size() < 2 || node.weights[1].empty()) return bias;
  const std::vector<float> one = to_floats(node.weights[1]);
  for (int i = 0; i < times; ++i) bias.insert(bias.end(), one.begin(), one.end());
  return bias;
}

Filter side_by_side(const Filter& filter, int pixels) {
  Filter wide(filter.k * pixels, filter.c * pixels, filter.r, (filter.s + 2 * (pixels - 1)) / pixels);
  for_values(wide, [&](int k, int c, int r, int s) {
    const int column = s * pixels + c / filter.c - k / filter.k;  // as output pixel k / K sees it
    if (column >= 0 && column < filter.s) wide.at(k, c, r, s) = filter.at(k % filter.k, c % filter.c, r, column);
  });
  return wide;
}

Filter winograd_rows(const Filter& filter, int component) {
  constexpr std::array<std::array<float, 3>, kComponents> kTransform{{{1.0F / 2, 0, 0},
                                                                      {-1.0F / 2, -1.0F / 2, -1.0F / 2},
                                                                      {-1.0F / 6, 1.0F / 6, -1.0F / 6},
                                                                      {1.0F / 6, 1.0F / 3, 2.0F / 3},
                                                                      {0, 0, 1}}};
  const std::array<float, 3>& factors = kTransform[static_cast<std::size_t>(component)];
  Filter part(filter.k, filter.c, filter.r / 3, filter.s);
  for_values(part, [&](int k, int c, int r, int s) {
    float sum = 0;
    for (int i = 0; i < 3; ++i) sum += factors[static_cast<std::size_t>(i)] * filter.at(k, c, 3 * r + i, s);
    part.at(k, c, r, s) = sum;
  });
  return part;
}

Filter enlarged(const Filter& filter) {
  Filter transposed(filter.k, filter.c, filter.r + 1, filter.s + 1);
  for_values(filter, [&](int k, int c, int r, int s) {
    // Pixels 2y and 2y + 1 are both x[y], and out[o] takes pixel o + r - pad times filter[r].
    for (int i = 0; i < 4; ++i) {
      transposed.at(k, c, filter.r - 1 - r + i / 2, filter.s - 1 - s + i % 2) += filter.at(k, c, r, s);
    }
  });
  return transposed;
}

Filter phase_of(const Filter& filter, int stride, int i, int j, int taps_r, int taps_s) {
  Filter phase(filter.k, filter.c, taps_r, taps_s);
  for_values(phase, [&](int k, int c, int tap_r, int tap_s) {
    const int r = i + stride * (taps_r - 1 - tap_r);
    const int s = j + stride * (taps_s - 1 - tap_s);
    if (r < filter.r && s < filter.s) phase.at(k, c, tap_r, tap_s) = filter.at(k, c, r, s);
  });
  return phase;
}

Filter joined_filters(const std::vector<Filter>& filters) {
  const Filter& first = filters.front();
  Filter all(first.k * static_cast<int>(filters.size()), first.c, first.r, first.s);
  all.values.clear();
  for (const Filter& filter : filters) all.values.insert(all.values.end(), filter.values.begin(), filter.values.end());
  return all;
}

}  // namespace impasto::cpu
