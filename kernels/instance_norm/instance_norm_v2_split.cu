// instance_norm v2, split: the formula of instance_norm.h, in three launches: moments of parts, merge, apply.
//
// Against v1: the pixels of a channel are split over many blocks, so that few channels too fill the GPU, and a block
// takes neighbouring channels together, so that a warp loads what lies together. No block sees all pixels of a channel
// now, so none knows the mean when it sums squares. Instead each part has moments of its own, mean and squares of the
// distances from that mean, and Chan's formula (norm.h) merges them exactly. x is read twice instead of three times: a
// thread keeps eight pixels in registers, and takes first their mean, then their squares. It costs a workspace and two
// more launches.
//
//   x of a picture            partials [parts,C]       terms [C]                    y
//   +-- C ---+                +---------+
//   | part 0 |  -- block -->  | mean m2 |  --+
//   +--------+                +---------+    | merge   +------------------+  apply  +-- C ---+
//   | part 1 |  -- block -->  | mean m2 |  --+-------> | mean scale beta  |  ------> | part 0 |
//   +--------+                +---------+    |         +------------------+         +--------+
//   | ..     |                | ..      |  --+                                      | ..     |
//
// Who takes what within a block: instance_norm_split.h. Merge: block (i, n) takes channels 4 i to 4 i + 3, a memory
// sector of each part; its rows, up to 256, take the parts in turn and are then merged.
//
// Bytes: (2 loaded + 1 stored) N H W C values, and the partials, a few thousandths of that. FLOPs: about 12 N H W C.
// Needs: x below 2^31 elements; partials at an address divisible by 8.
#include "kernels/instance_norm/instance_norm_split.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kMergeChannels = 4;
constexpr int kMostMergeRows = 256;
constexpr int kMergeThreads = kMergeChannels * kMostMergeRows;

template <typename T>
__global__ void __launch_bounds__(kNormThreads)
    instance_norm_v2_partial(InstanceNormProblem d, NormSplit split, const T* __restrict__ x,
                             Moments* __restrict__ partials) {
  auto& s = shared_memory<MomentsTable<kNormThreads, 1>>();
  const NormPlace place = norm_place(d, split);
  const T* channel = x + place.first_pixel * d.c + place.column;
  Moments all[1] = {};
  float count = 0;
  for (int first = place.row; first < place.pixels; first += split.rows * kNormPixels) {
    const int left = blocks_for(place.pixels - first, split.rows);
    float values[kNormPixels];
    for (int i = 0; i < kNormPixels; ++i) {
      values[i] = i < left ? to_float(channel[(first + i * split.rows) * d.c]) : values[0];
    }
    const float here = static_cast<float>(left < kNormPixels ? left : kNormPixels);
    float distances = 0;  // from the first: small where values are far from zero, zero in a flat picture
    for (const float value : values) distances += value - values[0];
    const float mean = values[0] + distances / here;
    float m2 = 0;
    for (int i = 0; i < kNormPixels; ++i) m2 += i < left ? (values[i] - mean) * (values[i] - mean) : 0.0F;
    all[0] = merged(all[0], count, {mean, m2}, here);
    count += here;
  }
  merge_rows(s, split.width, split.rows, all, count);
  if (place.row == 0 && place.pixels > 0) {
    const int part = static_cast<int>(blockIdx.z) * split.part_count + static_cast<int>(blockIdx.x);
    partials[part * d.c + place.column] = s.moments[0][threadIdx.x];
  }
}

__global__ void __launch_bounds__(kMergeThreads)
    instance_norm_merge_parts(InstanceNormProblem d, InstanceNormParts parts, NormParameters parameters,
                              NormMemory memory, NormTerms* __restrict__ terms) {
  auto& s = shared_memory<MomentsTable<kMergeThreads, 1>>();
  const int c = static_cast<int>(blockIdx.x) * kMergeChannels + static_cast<int>(threadIdx.x) % kMergeChannels;
  const int n = static_cast<int>(blockIdx.y);
  const int row = static_cast<int>(threadIdx.x) / kMergeChannels;
  const int rows = static_cast<int>(blockDim.x) / kMergeChannels;
  Moments all[1] = {};
  float count = 0;
#pragma unroll 4
  for (int part = row; part < parts.part_count; part += rows) {
    const int left = d.pixels() - part * parts.part_pixels;
    const float here = static_cast<float>(left < parts.part_pixels ? left : parts.part_pixels);
    if (c < d.c) all[0] = merged(all[0], count, parts.moments[(n * parts.part_count + part) * d.c + c], here);
    count += here;
  }
  merge_rows(s, kMergeChannels, rows, all, count);
  if (row != 0 || c >= d.c) return;
  const NormStatistics statistics = norm_statistics(d, s.moments[0][threadIdx.x], memory, last_statistics(memory, c));
  if (memory.last != nullptr) memory.last[c] = statistics;
  terms[n * d.c + c] = norm_terms(d, c, statistics, parameters);
}

template <typename T, typename Y>
__global__ void __launch_bounds__(kNormThreads)
    instance_norm_v2_values(InstanceNormProblem d, NormSplit split, const T* __restrict__ x,
                            const NormTerms* __restrict__ terms, const T* __restrict__ residual, Y* __restrict__ y) {
  const NormPlace place = norm_place(d, split);
  if (place.pixels == 0) return;
  const NormTerms mine = terms[static_cast<int>(blockIdx.z) * d.c + place.column];
  for (int pixel = place.row; pixel < place.pixels; pixel += split.rows) {
    store_y(d, mine, (place.first_pixel + pixel) * d.c + place.column, x, residual, y);
  }
}

template <typename T, typename Y>
void apply_as(const InstanceNormProblem& d, const NormTerms* terms, const InstanceNormArgs& args, Stream stream) {
  const NormSplit split = norm_split(d, 1);
  launch(stream, split.grid(d.n), dim3(kNormThreads), 0, kernel<instance_norm_v2_values<T, Y>>, d, split,
         static_cast<const T*>(args.x), terms, static_cast<const T*>(args.residual), static_cast<Y*>(args.y));
}

template <typename T>
void partial_as(const InstanceNormProblem& d, const NormSplit& split, const InstanceNormArgs& args, Moments* partials,
                Stream stream) {
  launch(stream, split.grid(d.n), dim3(kNormThreads), sizeof(MomentsTable<kNormThreads, 1>),
         kernel<instance_norm_v2_partial<T>>, d, split, static_cast<const T*>(args.x), partials);
}

}  // namespace

void instance_norm_merge(const InstanceNormProblem& d, const InstanceNormParts& parts, const InstanceNormArgs& args,
                         NormTerms* terms, Stream stream) {
  const dim3 grid(static_cast<unsigned>(blocks_for(d.c, kMergeChannels)), static_cast<unsigned>(d.n));
  const int rows = parts.part_count < kMostMergeRows ? blocks_for(parts.part_count, 8) * 8 : kMostMergeRows;
  launch(stream, grid, dim3(static_cast<unsigned>(kMergeChannels * rows)), sizeof(MomentsTable<kMergeThreads, 1>),
         kernel<instance_norm_merge_parts>, d, parts, args.parameters, args.memory, terms);
}

void instance_norm_v2_apply(const InstanceNormProblem& d, const NormTerms* terms, const InstanceNormArgs& args,
                            Stream stream) {
  require_32_bit_indices(d);
  if (d.storage == Storage::f32) {
    apply_as<float, float>(d, terms, args, stream);
  } else if (d.to_float) {
    apply_as<half, float>(d, terms, args, stream);
  } else {
    apply_as<half, half>(d, terms, args, stream);
  }
}

std::size_t instance_norm_v2_workspace_bytes(const InstanceNormProblem& d) {
  return norm_workspace_bytes(d, norm_split(d, 1));
}

void instance_norm_v2_launch(const InstanceNormProblem& d, const InstanceNormArgs& args, Stream stream) {
  require_32_bit_indices(d);
  const NormSplit split = norm_split(d, 1);
  const NormWorkspace workspace = norm_workspace(d, split, args.workspace);
  if (d.storage == Storage::f32) {
    partial_as<float>(d, split, args, workspace.partials, stream);
  } else {
    partial_as<half>(d, split, args, workspace.partials, stream);
  }
  instance_norm_merge(d, {workspace.partials, split.part_pixels, split.part_count}, args, workspace.terms, stream);
  instance_norm_v2_apply(d, workspace.terms, args, stream);
}

}  // namespace impasto::IMPASTO_TARGET
