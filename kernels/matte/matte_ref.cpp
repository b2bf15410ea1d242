// The definitions of correct, in double, as docs/frame.md has them. Beyond a map's border its nearest value counts
// where nothing else is said.
#include "kernels/matte/guided_filter.h"
#include "kernels/matte/matte_feather.h"
#include "kernels/matte/matte_grow.h"
#include "kernels/matte/matte_threshold.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace impasto::IMPASTO_TARGET {

namespace {

// [h,w,c]
struct Grid {
  int h, w, c;
  std::span<const double> v;

  [[nodiscard]] double at(int y, int x, int k = 0) const {
    const int pixel = std::clamp(y, 0, h - 1) * w + std::clamp(x, 0, w - 1);
    return v[static_cast<std::size_t>(pixel) * static_cast<std::size_t>(c) + static_cast<std::size_t>(k)];
  }
  // Half-pixel centres.
  [[nodiscard]] double between(double y, double x, int k) const {
    const int j = static_cast<int>(std::floor(y)), i = static_cast<int>(std::floor(x));
    const double fy = y - j, fx = x - i;
    return (1 - fy) * ((1 - fx) * at(j, i, k) + fx * at(j, i + 1, k)) +
           fy * ((1 - fx) * at(j + 1, i, k) + fx * at(j + 1, i + 1, k));
  }
};

// Calls visit(j, i) for each pixel of the window about y, x, clipped at the border; returns how many.
template <typename Visit>
int visit_window(const GuidedFilterProblem& d, int y, int x, const Visit& visit) {
  int n = 0;
  for (int j = std::max(0, y - d.radius); j <= std::min(d.h - 1, y + d.radius); ++j) {
    for (int i = std::max(0, x - d.radius); i <= std::min(d.w - 1, x + d.radius); ++i, ++n) visit(j, i);
  }
  return n;
}

// (19) for the window about y, x: appends a0, a1, a2, b.
void append_fit(const GuidedFilterProblem& d, const Grid& matte, const Grid& guide, int y, int x,
                std::vector<double>& fitted) {
  const auto value = [&](int j, int i, int k) { return k < 3 ? guide.at(j, i, k) / 255 : matte.at(j, i); };
  double mean[4] = {};
  const int n = visit_window(d, y, x, [&](int j, int i) {
    for (int k = 0; k < 4; ++k) mean[k] += value(j, i, k);
  });
  for (double& m : mean) m /= n;
  double a[3][4] = {};  // Sigma + eps U | cov(I, p)
  visit_window(d, y, x, [&](int j, int i) {
    for (int k = 0; k < 3; ++k) {
      for (int l = 0; l < 4; ++l) a[k][l] += (value(j, i, k) - mean[k]) * (value(j, i, l) - mean[l]) / n;
    }
  });
  for (int k = 0; k < 3; ++k) a[k][k] += static_cast<double>(d.eps);
  for (int k = 0; k < 3; ++k) {  // Gauss-Jordan; symmetric and positive definite, so no pivoting
    for (int l = 3; l >= k; --l) a[k][l] /= a[k][k];
    for (int m = 0; m < 3; ++m) {
      if (m == k) continue;
      for (int l = 3; l >= k; --l) a[m][l] -= a[m][k] * a[k][l];
    }
  }
  double b = mean[3];
  for (int k = 0; k < 3; ++k) {
    fitted.push_back(a[k][3]);
    b -= a[k][3] * mean[k];
  }
  fitted.push_back(b);
}

}  // namespace

std::vector<double> guided_filter_reference(const GuidedFilterProblem& d, std::span<const double> matte,
                                            std::span<const double> guide_small, std::span<const double> guide) {
  std::vector<double> fitted, averaged, result;
  for (int y = 0; y < d.h; ++y) {
    for (int x = 0; x < d.w; ++x) append_fit(d, {d.h, d.w, 1, matte}, {d.h, d.w, 3, guide_small}, y, x, fitted);
  }
  const Grid coefficients{d.h, d.w, 4, fitted};
  for (int y = 0; y < d.h; ++y) {
    for (int x = 0; x < d.w; ++x) {
      for (int k = 0; k < 4; ++k) {
        double sum = 0;
        const int n = visit_window(d, y, x, [&](int j, int i) { sum += coefficients.at(j, i, k); });
        averaged.push_back(sum / n);
      }
    }
  }
  const Grid means{d.h, d.w, 4, averaged};
  const Grid full{d.full_h, d.full_w, 3, guide};
  for (int y = 0; y < d.full_h; ++y) {
    for (int x = 0; x < d.full_w; ++x) {
      const double v = (y + 0.5) * d.h / d.full_h - 0.5, u = (x + 0.5) * d.w / d.full_w - 0.5;
      double q = means.between(v, u, 3);
      for (int k = 0; k < 3; ++k) q += means.between(v, u, k) * full.at(y, x, k) / 255;
      result.push_back(std::clamp(q, 0.0, 1.0));
    }
  }
  return result;
}

double matte_threshold_reference(const MatteThresholdProblem& problem, double x) {
  const double threshold = static_cast<double>(problem.threshold);
  const double d = std::min({static_cast<double>(problem.softness) / 2, threshold, 1 - threshold});
  if (!(d > 0)) return x >= threshold ? 1 : 0;
  const double t = std::clamp((x - threshold + d) / (2 * d), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

std::vector<double> matte_feather_reference(const MatteFeatherProblem& d, std::span<const double> x) {
  const double half_width = static_cast<double>(d.radius) / 3;
  const int reach = static_cast<int>(half_width) + 1;
  std::vector<double> result(x.begin(), x.end());
  for (int pass = 0; pass < 6; ++pass) {
    const std::vector<double> before = result;
    const Grid grid{d.h, d.w, 1, before};
    for (int i = 0; i < d.h * d.w; ++i) {
      double sum = 0, weights = 0;
      for (int j = -reach; j <= reach; ++j) {
        const double weight = std::clamp(half_width + 1 - std::abs(j), 0.0, 1.0);
        sum += weight * (pass < 3 ? grid.at(i / d.w, i % d.w + j) : grid.at(i / d.w + j, i % d.w));
        weights += weight;
      }
      result[static_cast<std::size_t>(i)] = sum / weights;
    }
  }
  return result;
}

std::vector<double> matte_grow_reference(const MatteGrowProblem& d, std::span<const double> x) {
  const double reach = std::abs(static_cast<double>(d.radius)), whole = std::floor(reach);
  const auto over_disc = [&](int y, int column, int radius) {
    double found = x[static_cast<std::size_t>(y * d.w + column)];
    for (int j = std::max(0, y - radius); j <= std::min(d.h - 1, y + radius); ++j) {
      for (int i = std::max(0, column - radius); i <= std::min(d.w - 1, column + radius); ++i) {
        const double v = x[static_cast<std::size_t>(j * d.w + i)];
        if ((j - y) * (j - y) + (i - column) * (i - column) > radius * radius) continue;
        found = d.radius < 0 ? std::min(found, v) : std::max(found, v);
      }
    }
    return found;
  };
  std::vector<double> result;
  for (int y = 0; y < d.h; ++y) {
    for (int column = 0; column < d.w; ++column) {
      const double smaller = over_disc(y, column, static_cast<int>(whole));
      const double larger = over_disc(y, column, static_cast<int>(std::ceil(reach)));
      result.push_back(smaller + (reach - whole) * (larger - smaller));
    }
  }
  return result;
}

}  // namespace impasto::IMPASTO_TARGET
