#include "kernels/common/reference.h"
#include "kernels/components/matte_components.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// Every region of a level, pixel by pixel from its first: visit(pixels).
template <typename Visit>
void for_regions(const MatteComponentsProblem& d, const std::vector<int>& levels, int level, const Visit& visit) {
  std::vector<bool> seen(levels.size());
  for (std::size_t start = 0; start < levels.size(); ++start) {
    if (levels[start] < level || seen[start]) continue;
    std::vector<std::size_t> pixels{start};
    seen[start] = true;
    for (std::size_t k = 0; k < pixels.size(); ++k) {
      const int y = static_cast<int>(pixels[k]) / d.w, x = static_cast<int>(pixels[k]) % d.w;
      for (int j = std::max(0, y - 1); j <= std::min(d.h - 1, y + 1); ++j) {
        for (int i = std::max(0, x - 1); i <= std::min(d.w - 1, x + 1); ++i) {
          const std::size_t next = at(j, d.w, i);
          if ((d.holes && j != y && i != x) || levels[next] < level || seen[next]) continue;
          seen[next] = true;
          pixels.push_back(next);
        }
      }
    }
    visit(pixels);
  }
}

bool is_kept(const MatteComponentsProblem& d, const std::vector<std::size_t>& core) {
  if (!d.holes) return static_cast<double>(core.size()) >= needed_pixels(d);
  return std::any_of(core.begin(), core.end(), [&](std::size_t pixel) {
    const int y = static_cast<int>(pixel) / d.w, x = static_cast<int>(pixel) % d.w;
    return y == 0 || x == 0 || y == d.h - 1 || x == d.w - 1;
  });
}

}  // namespace

std::vector<double> matte_components_reference(const MatteComponentsProblem& d, std::span<const double> x) {
  std::vector<int> levels;
  for (const double v : x) levels.push_back(component_level(d.holes, static_cast<float>(v)));
  std::vector<bool> kept(x.size()), dropped(x.size());
  for_regions(d, levels, kComponentLevels, [&](const std::vector<std::size_t>& core) {
    std::vector<bool>& kind = is_kept(d, core) ? kept : dropped;
    for (const std::size_t pixel : core) kind[pixel] = true;
  });
  std::vector<double> y(x.begin(), x.end());
  for (int level = kComponentLevels; level > 0; --level) {  // what the lowest says counts
    for_regions(d, levels, level, [&](const std::vector<std::size_t>& region) {
      const auto holds = [&](const std::vector<bool>& kind) {
        return std::any_of(region.begin(), region.end(), [&](std::size_t pixel) { return kind[pixel]; });
      };
      if (holds(kept) || (level > 1 && !holds(dropped))) return;
      for (const std::size_t pixel : region) y[pixel] = static_cast<double>(sunken_value(d.holes, level));
    });
  }
  return y;
}

}  // namespace impasto::IMPASTO_TARGET
