// What moving edges have swept over.
#include "runtime/error.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <cmath>

namespace impasto::cpu {
namespace {

constexpr float kForget = 25;     // runs until what does not move is background
constexpr float kDiffers = 4.5F;  // levels
constexpr float kAdapt = 0.125F;  // of the background, a run
constexpr int kReach = 2;         // cells: so far about it a motion is felt
constexpr int kJoin = 12;         // half of how many cells between two motions move with them, as a square does

struct LargerOf {
  float operator()(float a, float b) const { return std::max(a, b); }
};
struct LesserOf {
  float operator()(float a, float b) const { return std::min(a, b); }
};

// A grid of cells with `margin` more on all sides.
struct Grid {
  float* values;
  int rows, columns;

  [[nodiscard]] std::int64_t count() const { return std::int64_t{rows} * columns; }

  void fill(const float* cells, int margin, float beyond) const {
    std::fill_n(values, count(), beyond);
    const int width = columns - 2 * margin;
    for (int i = margin; i < rows - margin; ++i) {
      std::copy_n(cells + std::int64_t{i - margin} * width, width, values + std::int64_t{i} * columns + margin);
    }
  }
  // The top left of the grid.
  void read(float* cells, int height, int width) const {
    for (int i = 0; i < height; ++i)
      std::copy_n(values + std::int64_t{i} * columns, width, cells + std::int64_t{i} * width);
  }

  // Each value becomes the extreme of the square of which it is the top left, 2 reach + 1 across; what would lie beyond
  // the grid is wrong.
  template <typename Extreme>
  void slide(int reach, const Extreme& extreme) const {
    slide_by(1, 2 * reach + 1, extreme);
    slide_by(columns, 2 * reach + 1, extreme);
  }
  // The same of so many values `step` apart: of 2, of 4, as far as it goes, and of two of these that overlap.
  template <typename Extreme>
  void slide_by(std::int64_t step, std::int64_t window, const Extreme& extreme) const {
    const auto with_next = [&](std::int64_t distance) {
      const std::int64_t end = count() - distance;
#pragma omp simd
      for (std::int64_t i = 0; i < end; ++i) values[i] = extreme(values[i], values[i + distance]);
    };
    std::int64_t covered = 1;
    for (; 2 * covered <= window; covered *= 2) with_next(covered * step);
    with_next((window - covered) * step);
  }
};

struct SweepJob {
  int rows, columns;
  int continues;  // which number of the moment

  [[nodiscard]] std::int64_t cells() const { return std::int64_t{rows} * columns; }
  [[nodiscard]] std::size_t floats() const {
    return static_cast<std::size_t>(cells()) +
           static_cast<std::size_t>(rows + 4 * kJoin) * static_cast<std::size_t>(columns + 4 * kJoin);
  }

  // Brings the memory up to date; motion comes with the least ages about the cells and becomes what moves.
  void remember(const float* still, const float* colours, bool scene_continues, float* memory, float* motion) const {
    float *red = memory, *green = red + cells(), *blue = green + cells(), *ages = blue + cells();
    for (std::int64_t i = 0; i < cells(); ++i) {
      const float r = colours[3 * i] - red[i], g = colours[3 * i + 1] - green[i], b = colours[3 * i + 2] - blue[i];
      const bool differs = std::max({std::abs(r), std::abs(g), std::abs(b)}) > kDiffers;
      const bool moves = still[i] < 0.5F;
      float age = moves ? 0 : std::min(kForget, motion[i] + 1);
      const bool is_new = !scene_continues || (!moves && differs && age >= kForget);
      if (is_new) {
        red[i] = colours[3 * i];
        green[i] = colours[3 * i + 1];
        blue[i] = colours[3 * i + 2];
      } else if (!moves && !differs) {
        red[i] += kAdapt * r;
        green[i] += kAdapt * g;
        blue[i] += kAdapt * b;
      }
      if (is_new || (!moves && !differs)) age = kForget;
      ages[i] = age;
      motion[i] = age < kForget && differs ? 1.0F : 1 - still[i];
    }
  }

  void run(const Binding& binding) const {
    auto* memory = reinterpret_cast<float*>(binding.outputs[1]);
    auto* out = reinterpret_cast<float*>(binding.outputs[0]);
    auto* motion = reinterpret_cast<float*>(binding.workspace);
    const bool scene_continues = reinterpret_cast<const float*>(binding.inputs[3])[continues] > 0;
    const Grid about{motion + cells(), rows + 2 * kReach, columns + 2 * kReach};
    about.fill(memory + 3 * cells(), kReach, kForget);
    about.slide(kReach, LesserOf{});
    about.read(motion, rows, columns);
    remember(reinterpret_cast<const float*>(binding.inputs[0]), reinterpret_cast<const float*>(binding.inputs[1]),
             scene_continues, memory, motion);
    // The largest in squares reach kJoin beyond the cells, and the least of these as far again.
    const Grid join{motion + cells(), rows + 4 * kJoin, columns + 4 * kJoin};
    join.fill(motion, 2 * kJoin, 0);
    join.slide(kJoin, LargerOf{});
    join.slide(kJoin, LesserOf{});
    join.read(motion, rows, columns);
    about.fill(motion, kReach, 0);
    about.slide(kReach, LargerOf{});
    about.read(out, rows, columns);
    for (std::int64_t i = 0; i < cells(); ++i) out[i] = 1 - out[i];
  }
};

}  // namespace

// The memory is input 2 and output 1, one state.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Sweep& op) {
  if (node.inputs[2] != node.outputs[1]) fail("{}: the memory must be one state", node.name);
  const Shape& cells = build.in(node).shape;
  const SweepJob job{cells.h, cells.w, op.continues};
  const auto run = [job](const Binding& binding) { job.run(binding); };
  return kernel_of(simd_name(), run, job.floats() * sizeof(float));
}

}  // namespace impasto::cpu
