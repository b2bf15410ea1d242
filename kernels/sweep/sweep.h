// sweep: how still each cell of a frame stands since the frame before, 0..1, and the cells' mean colours -> how still
// it stands when what moving edges have swept over counts as moving too, and so do its surroundings.
//
// The inside of a plain object that moves shows no change from frame to frame. But the cell looks different from before
// the object came: `memory` knows of each cell its colour when nothing moved there, r, and its age, how many runs ago
// something moved in it or near it, at most kForget. With s the stillness and c the colour now, each run does
//   moves = s < 1/2
//   age = 0 if it moves, else min(kForget, 1 + the least age within kReach cells in the last run)
//   differs = |c - r| > kDiffers in a channel
//   if it does not move and age = kForget or it does not differ: it is background. r = c if it differs, else
//     r + (c - r) / 8, and age = kForget
//   covered = age < kForget and differs
//   motion = max(1 - s, 1 if covered)
//   joined = closing of motion by squares of 2 kJoin + 1 cells: the least over the squares that hold the cell of the
//            largest in each, whose cells beyond the grid count for nothing
//   y = 1 - the largest joined within kReach cells
// An age travels kReach cells a run, and only through cells that do not look like their background: so the middle of a
// large object knows that its edge still moves. In a scene's first run r = c and age = kForget.
#pragma once

#include "kernels/common/ladder.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <span>
#include <vector>

namespace impasto::IMPASTO_TARGET {

inline constexpr float kForget = 25;     // runs; about a second
inline constexpr float kDiffers = 4.5F;  // levels: the mean of 64 pixels whose noise has 8 levels has one of 1
inline constexpr float kAdapt = 0.125F;  // a power of two: all devices round alike
inline constexpr int kJoin = 12;         // a square of closing reaches so many cells from its middle
inline constexpr int kReach = 2;         // cells: so far about it a motion is felt

struct SweepProblem {
  int rows = 1, columns = 1;  // of cells

  [[nodiscard]] __host__ __device__ int cells() const { return rows * columns; }
};

// Device pointers.
struct SweepArgs {
  const float* still = nullptr;      // [rows, columns]
  const float* colours = nullptr;    // [rows, columns, 3]
  const float* continues = nullptr;  // one number: 1, or 0 in a scene's first run
  float* memory = nullptr;           // four planes [rows, columns]: r's R, G, B; age
  float* y = nullptr;
  std::byte* workspace = nullptr;
};

using SweepRung = Rung<SweepProblem, SweepArgs>;

// Every rung, slowest first.
[[nodiscard]] std::span<const SweepRung> sweep_rungs();
// The rung that the product runs for this problem.
[[nodiscard]] const SweepRung& choose_sweep(const SweepProblem& problem);

// For launchers: throws if the memory, or the grid with kJoin cells more on all sides, has 2^31 values or more.
void require_32_bit_indices(const SweepProblem& problem);

// The definition of correct, in double: y; the memory becomes the next run's.
[[nodiscard]] std::vector<double> sweep_reference(const SweepProblem& problem, std::span<const float> still,
                                                  std::span<const float> colours, bool continues,
                                                  std::vector<double>& memory);

// The rungs. Each takes every problem; the workspace has three floats for each cell and for those within kJoin beyond.
[[nodiscard]] std::size_t sweep_workspace_bytes(const SweepProblem& problem);
void sweep_v1_launch(const SweepProblem& problem, const SweepArgs& args, Stream stream);
void sweep_v2_launch(const SweepProblem& problem, const SweepArgs& args, Stream stream);

// ---- What the rungs share -------------------------------------------------------------------------------------------

// in [rows_in, columns_in] -> out [rows_out, columns_out], about the same middle: each value is an extreme of those of
// `in` within `down` rows and `across` columns, as far as there are such.
struct Window {
  int rows_in, columns_in;
  int rows_out, columns_out;
  int down, across;
  bool least = false;  // else the largest
  bool last = false;   // then one minus that
};
void sweep_window_launch(const Window& window, const float* in, float* out, Stream stream);

// Launches a run of which `extreme` makes the windows; it may use `spare`, which is as large as the grid with kJoin
// cells on all sides.
using Extreme = void (*)(const Window& window, const float* in, float* out, float* spare, Stream stream);
void sweep_launch(const SweepProblem& problem, const SweepArgs& args, Extreme extreme, Stream stream);

}  // namespace impasto::IMPASTO_TARGET
