// How v2 and v3 share a norm out among blocks and threads, and how a block's threads put their moments together.
#pragma once

#include "kernels/instance_norm/instance_norm_value.h"

namespace impasto::IMPASTO_TARGET {

inline constexpr int kNormThreads = 256;
inline constexpr int kNormPixels = 8;  // that a thread loads at once

// A block takes a part of a picture's pixels and a group of its channels; there are about as many blocks as a large GPU
// runs at once. A block's threads are rows of `width`: side by side they take neighbouring channels (v3: vectors of
// channels) of one pixel, row below row the next pixels.
//
//   thread:   | 0 1 .. width-1 |    pixel 0, channels 0 1 .. of the group       the threads load one after
//             | width ..       |    pixel 1                                     the other what lies one after
//             | ..             |    ..                                          the other in memory, if there
//             |                |    pixel rows-1                                is but one group
struct NormSplit {
  int columns;  // channels, or vectors of channels
  int width, rows;
  int groups;  // of channels
  int part_pixels, part_count;

  [[nodiscard]] dim3 grid(int pictures) const {
    return {static_cast<unsigned>(part_count), static_cast<unsigned>(groups), static_cast<unsigned>(pictures)};
  }
};
[[nodiscard]] inline NormSplit norm_split(const InstanceNormProblem& d, int channels_a_thread) {
  constexpr int kWidest = 32;
  constexpr int kManyBlocks = 512;
  NormSplit s{};
  s.columns = d.c / channels_a_thread;
  s.groups = blocks_for(s.columns, kWidest);
  s.width = blocks_for(s.columns, s.groups);
  s.rows = kNormThreads / s.width;
  const int at_once = s.rows * kNormPixels;
  const int most_parts = kManyBlocks / s.groups / d.n > 0 ? kManyBlocks / s.groups / d.n : 1;
  s.part_pixels = blocks_for(blocks_for(d.pixels(), most_parts), at_once) * at_once;
  s.part_count = blocks_for(d.pixels(), s.part_pixels);
  return s;
}

// What v2 and v3 keep between their launches, one after the other in the workspace.
struct NormWorkspace {
  Moments* partials;  // [N, part_count, C]
  NormTerms* terms;   // [N, C]
};
[[nodiscard]] inline std::size_t partials_bytes(const InstanceNormProblem& d, const NormSplit& split) {
  return static_cast<std::size_t>(d.n) * split.part_count * d.c * sizeof(Moments);
}
[[nodiscard]] inline std::size_t norm_workspace_bytes(const InstanceNormProblem& d, const NormSplit& split) {
  return partials_bytes(d, split) + static_cast<std::size_t>(d.n) * d.c * sizeof(NormTerms);
}
[[nodiscard]] inline NormWorkspace norm_workspace(const InstanceNormProblem& d, const NormSplit& split, void* memory) {
  return {static_cast<Moments*>(memory),
          reinterpret_cast<NormTerms*>(static_cast<std::byte*>(memory) + partials_bytes(d, split))};
}

// What a thread does: its column, its row, and its part's pixels. A thread that has nothing to do has no pixels.
struct NormPlace {
  int column, row;
  int first_pixel, pixels;  // the first counts through all pictures
};
[[nodiscard]] __device__ inline NormPlace norm_place(const InstanceNormProblem& d, const NormSplit& split) {
  const int thread = static_cast<int>(threadIdx.x);
  const int first = static_cast<int>(blockIdx.x) * split.part_pixels;
  const int left = d.pixels() - first;
  const int column = static_cast<int>(blockIdx.y) * split.width + thread % split.width;
  const int row = thread / split.width;
  const bool idle = row >= split.rows || column >= split.columns;
  return {column, row, static_cast<int>(blockIdx.z) * d.pixels() + first,
          idle ? 0 : (left < split.part_pixels ? left : split.part_pixels)};
}

// A table of the threads' moments, `channels` a thread.
template <int threads, int channels>
struct MomentsTable {
  Moments moments[channels][threads];
  float count[threads];
};

// Merges the rows of the table, pair by pair, into row 0; `mine` and `count` are what the thread brings. Always in the
// same order.
template <int threads, int channels>
__device__ inline void merge_rows(MomentsTable<threads, channels>& s, int width, int rows,
                                  const Moments (&mine)[channels], float count) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int i = 0; i < channels; ++i) s.moments[i][thread] = mine[i];
  s.count[thread] = count;
  for (int left = rows; left > 1;) {
    const int half = (left + 1) / 2;
    const int other = thread + half * width;
    __syncthreads();
    if (thread / width + half < left) {
      for (int i = 0; i < channels; ++i) {
        s.moments[i][thread] = merged(s.moments[i][thread], s.count[thread], s.moments[i][other], s.count[other]);
      }
      s.count[thread] += s.count[other];
    }
    left = half;
  }
}

}  // namespace impasto::IMPASTO_TARGET
