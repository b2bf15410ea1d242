// What moving edges have swept over.
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/rows.h"

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

// in [rows, n] -> out [rows, m], m - n even: of each row the extreme of the windows of 2 reach + 1 values, cut to the
// row, whose middles are those of the m in the middle of the n, or, if m > n, reach beyond them.
template <typename Extreme>
void slide_across(const float* in, int rows, int n, float* out, int m, int reach, const Extreme& extreme) {
  for (int i = 0; i < rows; ++i, in += n, out += m) {
    for (int j = 0; j < m; ++j) {
      const int middle = j + (n - m) / 2;
      const int first = std::max(0, middle - reach), last = std::min(n - 1, middle + reach);
      float value = in[first];
      for (int k = first + 1; k <= last; ++k) value = extreme(value, in[k]);
      out[j] = value;
    }
  }
}
// The same down the columns: in [n, columns] -> out [m, columns].
template <typename Extreme>
void slide_down(const float* in, int n, int columns, float* out, int m, int reach, const Extreme& extreme) {
  for (int i = 0; i < m; ++i, out += columns) {
    const int middle = i + (n - m) / 2;
    const int first = std::max(0, middle - reach), last = std::min(n - 1, middle + reach);
    std::copy_n(in + std::int64_t{first} * columns, columns, out);
    for (int k = first + 1; k <= last; ++k) {
      const float* row = in + std::int64_t{k} * columns;
      for (int j = 0; j < columns; ++j) out[j] = extreme(out[j], row[j]);
    }
  }
}

struct SweepJob {
  int rows, columns;
  int continues;  // which number of the moment

  [[nodiscard]] std::int64_t cells() const { return std::int64_t{rows} * columns; }
  // Of the grid of cells and kJoin beyond it on all sides.
  [[nodiscard]] std::size_t padded_count() const {
    return static_cast<std::size_t>(rows + 2 * kJoin) * static_cast<std::size_t>(columns + 2 * kJoin);
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
    auto* a = reinterpret_cast<float*>(binding.workspace);
    float* b = a + padded_count();
    const bool scene_continues = reinterpret_cast<const float*>(binding.inputs[3])[continues] > 0;
    slide_across(memory + 3 * cells(), rows, columns, b, columns, kReach, LesserOf{});
    slide_down(b, rows, columns, a, rows, kReach, LesserOf{});
    remember(reinterpret_cast<const float*>(binding.inputs[0]), reinterpret_cast<const float*>(binding.inputs[1]),
             scene_continues, memory, a);
    const int padded_rows = rows + 2 * kJoin, padded_columns = columns + 2 * kJoin;
    slide_across(a, rows, columns, b, padded_columns, kJoin, LargerOf{});
    slide_down(b, rows, padded_columns, a, padded_rows, kJoin, LargerOf{});
    slide_across(a, padded_rows, padded_columns, b, columns, kJoin, LesserOf{});
    slide_down(b, padded_rows, columns, a, rows, kJoin, LesserOf{});
    slide_across(a, rows, columns, b, columns, kReach, LargerOf{});
    slide_down(b, rows, columns, out, rows, kReach, LargerOf{});
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
  return kernel_of(simd_name(), run, 2 * job.padded_count() * sizeof(float));
}

}  // namespace impasto::cpu
