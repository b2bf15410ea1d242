// The ops of the nets as scalar loops in double precision: the definition of correct for every backend. Tensors are
// N,H,W,C. Called with absolute values and no activation, conv2d and deconv2d give the sum of the magnitudes of their
// terms, to which rounding errors are in proportion.
#pragma once

#include "runtime/graph.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace impasto::reference {

struct Tensor {
  Shape shape;
  std::vector<double> values = std::vector<double>(static_cast<std::size_t>(shape.count()));

  [[nodiscard]] std::size_t index(int n, int y, int x, int c) const {
    return static_cast<std::size_t>(((std::int64_t{n} * shape.h + y) * shape.w + x) * shape.c + c);
  }
  [[nodiscard]] double at(int n, int y, int x, int c) const { return values[index(n, y, x, c)]; }
  [[nodiscard]] double& at(int n, int y, int x, int c) { return values[index(n, y, x, c)]; }
};

inline double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
  }
  return std::nan("");
}

// Calls f(n, y, x, c) for every element.
template <typename F>
void for_each(const Shape& shape, const F& f) {
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        for (int c = 0; c < shape.c; ++c) f(n, y, x, c);
      }
    }
  }
}

// Index i of a padded axis within 0..size-1; -1 where a zero stands.
inline int padded_index(PadMode mode, int i, int size) {
  if (i >= 0 && i < size) return i;
  if (mode == PadMode::zero) return -1;
  return i < 0 ? -i : 2 * (size - 1) - i;
}

// weight [K,C/groups,R,S] as the op wants it already (scaled, rounded); bias [K] or empty.
inline Tensor conv2d(const Tensor& x, const Conv2d& op, std::span<const double> weight, std::span<const double> bias,
                     const Tensor* residual = nullptr) {
  const int group_c = x.shape.c / op.groups;
  const int group_k = op.k / op.groups;
  Tensor y{{x.shape.n, (x.shape.h + op.pad_top + op.pad_bottom - op.r) / op.stride + 1,
            (x.shape.w + op.pad_left + op.pad_right - op.s) / op.stride + 1, op.k}};
  for_each(y.shape, [&](int n, int p, int q, int k) {
    double sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(k)];
    for (int r = 0; r < op.r; ++r) {
      const int row = padded_index(op.pad_mode, p * op.stride + r - op.pad_top, x.shape.h);
      for (int s = 0; s < op.s && row >= 0; ++s) {
        const int column = padded_index(op.pad_mode, q * op.stride + s - op.pad_left, x.shape.w);
        for (int c = 0; c < group_c && column >= 0; ++c) {
          sum += x.at(n, row, column, k / group_k * group_c + c) *
                 weight[static_cast<std::size_t>(((k * group_c + c) * op.r + r) * op.s + s)];
        }
      }
    }
    if (residual != nullptr) sum += residual->at(n, p, q, k);
    y.at(n, p, q, k) = activate(op.activation, sum);
  });
  return y;
}

// weight [C,K,R,S]; bias [K] or empty.
inline Tensor deconv2d(const Tensor& x, const Deconv2d& op, std::span<const double> weight,
                       std::span<const double> bias) {
  Tensor y{{x.shape.n, op.out_h, op.out_w, op.k}};
  for_each(x.shape, [&](int n, int h, int w, int c) {
    for (int k = 0; k < op.k; ++k) {
      for (int r = 0; r < op.r; ++r) {
        for (int s = 0; s < op.s; ++s) {
          const int p = op.stride * h + r - op.crop_top;
          const int q = op.stride * w + s - op.crop_left;
          if (p < 0 || p >= op.out_h || q < 0 || q >= op.out_w) continue;
          y.at(n, p, q, k) +=
              x.at(n, h, w, c) * weight[static_cast<std::size_t>(((c * op.k + k) * op.r + r) * op.s + s)];
        }
      }
    }
  });
  for_each(y.shape, [&](int n, int p, int q, int k) {
    const double b = bias.empty() ? 0 : bias[static_cast<std::size_t>(k)];
    y.at(n, p, q, k) = activate(op.activation, y.at(n, p, q, k) + b);
  });
  return y;
}

// Mean and biased variance of each n, c: [n * C + c].
struct Statistics {
  std::vector<double> mean, variance;
};
inline Statistics statistics(const Tensor& x) {
  const auto count = static_cast<std::size_t>(x.shape.n * x.shape.c);
  Statistics s{std::vector<double>(count), std::vector<double>(count)};
  const double pixels = static_cast<double>(x.shape.h) * x.shape.w;
  const auto at = [&](int n, int c) { return static_cast<std::size_t>(n * x.shape.c + c); };
  for_each(x.shape, [&](int n, int h, int w, int c) { s.mean[at(n, c)] += x.at(n, h, w, c) / pixels; });
  for_each(x.shape, [&](int n, int h, int w, int c) {
    const double d = x.at(n, h, w, c) - s.mean[at(n, c)];
    s.variance[at(n, c)] += d * d / pixels;
  });
  return s;
}

// gamma, beta [C], mixed by the style already.
inline Tensor instance_norm(const Tensor& x, const InstanceNorm& op, std::span<const double> gamma,
                            std::span<const double> beta, const Tensor* residual = nullptr) {
  const Statistics s = statistics(x);
  Tensor y{x.shape};
  for_each(x.shape, [&](int n, int h, int w, int c) {
    const auto i = static_cast<std::size_t>(n * x.shape.c + c);
    const auto k = static_cast<std::size_t>(c);
    const double root = std::sqrt(s.variance[i] + static_cast<double>(op.eps));
    const double v = gamma[k] * (x.at(n, h, w, c) - s.mean[i]) / root + beta[k];
    y.at(n, h, w, c) = activate(op.activation, v) * static_cast<double>(op.out_scale) +
                       static_cast<double>(op.out_offset) + (residual == nullptr ? 0 : residual->at(n, h, w, c));
  });
  return y;
}

inline Tensor global_average(const Tensor& x) {
  return {{x.shape.n, 1, 1, x.shape.c}, statistics(x).mean};
}

// The size of y is worked out from its meaning: ceil mode adds windows as long as they begin within picture and pad.
inline Tensor max_pool(const Tensor& x, const MaxPool& op) {
  const auto outputs = [&](int extent, int window) {
    int count = 1;
    while (op.ceil_mode ? (count - 1) * op.stride + window < extent + 2 * op.pad && count * op.stride < extent + op.pad
                        : count * op.stride + window <= extent + 2 * op.pad) {
      ++count;
    }
    return count;
  };
  Tensor y{{x.shape.n, outputs(x.shape.h, op.r), outputs(x.shape.w, op.s), x.shape.c}};
  for_each(y.shape, [&](int n, int p, int q, int c) {
    double largest = -std::numeric_limits<double>::infinity();
    for (int h = std::max(0, p * op.stride - op.pad); h < std::min(x.shape.h, p * op.stride - op.pad + op.r); ++h) {
      for (int w = std::max(0, q * op.stride - op.pad); w < std::min(x.shape.w, q * op.stride - op.pad + op.s); ++w) {
        largest = std::max(largest, x.at(n, h, w, c));
      }
    }
    y.at(n, p, q, c) = largest;
  });
  return y;
}

inline Tensor softmax(const Tensor& x, int channel) {
  Tensor y{{x.shape.n, x.shape.h, x.shape.w, 1}};
  for_each(y.shape, [&](int n, int h, int w, int) {
    double sum = 0;
    for (int c = 0; c < x.shape.c; ++c) sum += std::exp(x.at(n, h, w, c));
    y.at(n, h, w, 0) = std::exp(x.at(n, h, w, channel)) / sum;
  });
  return y;
}

inline Tensor nearest(const Tensor& x, int h, int w) {
  Tensor y{{x.shape.n, h, w, x.shape.c}};
  for_each(y.shape,
           [&](int n, int p, int q, int c) { y.at(n, p, q, c) = x.at(n, p * x.shape.h / h, q * x.shape.w / w, c); });
  return y;
}

// Half-pixel centres, clamped at the border.
inline Tensor bilinear(const Tensor& x, int h, int w) {
  Tensor y{{x.shape.n, h, w, x.shape.c}};
  const auto place = [](int out, int in_size, int out_size) {
    return std::clamp((out + 0.5) * in_size / out_size - 0.5, 0.0, in_size - 1.0);
  };
  for_each(y.shape, [&](int n, int p, int q, int c) {
    const double v = place(p, x.shape.h, h);
    const double u = place(q, x.shape.w, w);
    const int top = static_cast<int>(v);
    const int left = static_cast<int>(u);
    const int bottom = std::min(top + 1, x.shape.h - 1);
    const int right = std::min(left + 1, x.shape.w - 1);
    const double above = x.at(n, top, left, c) * (left + 1 - u) + x.at(n, top, right, c) * (u - left);
    const double below = x.at(n, bottom, left, c) * (left + 1 - u) + x.at(n, bottom, right, c) * (u - left);
    y.at(n, p, q, c) = above * (top + 1 - v) + below * (v - top);
  });
  return y;
}

inline Tensor add(const Tensor& a, const Tensor& b, Activation activation) {
  Tensor y{a.shape};
  for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = activate(activation, a.values[i] + b.values[i]);
  return y;
}

// Rows top .. top + shape.h of x, columns alike.
inline Tensor crop(const Tensor& x, const Shape& shape, int top, int left) {
  Tensor y{shape};
  for_each(shape, [&](int n, int h, int w, int c) { y.at(n, h, w, c) = x.at(n, top + h, left + w, c); });
  return y;
}

// g [N,1,1,C] or of x's shape.
inline Tensor gate(const Tensor& x, const Tensor& g, const Tensor* addend = nullptr) {
  Tensor y{x.shape};
  for_each(x.shape, [&](int n, int h, int w, int c) {
    const double factor = g.shape == x.shape ? g.at(n, h, w, c) : g.at(n, 0, 0, c);
    y.at(n, h, w, c) = x.at(n, h, w, c) * factor + (addend == nullptr ? 0 : addend->at(n, h, w, c));
  });
  return y;
}

inline Tensor convert(Tensor x, const Convert& op) {
  for (double& v : x.values) {
    v = activate(op.activation, v) * static_cast<double>(op.scale) + static_cast<double>(op.offset);
  }
  return x;
}

}  // namespace impasto::reference
