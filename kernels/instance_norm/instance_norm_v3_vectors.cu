// instance_norm v3, vectors: the formula of instance_norm.h, in the three launches of v2.
//
// Against v2: a thread takes eight neighbouring channels, one load of 16 bytes, where it took one. An eighth of the
// loads and stores moves the same bytes, each warp asks for 512 bytes at once, and index arithmetic, counts and the
// division of Chan's formula are done once for eight values. The question which activation it is, too, is asked once
// for eight. It costs registers (eight pixels are 32) and channel counts that are not multiples of eight.
//
//   NHWC:    pixel 0                      pixel 1
//           |c0 .. c7|c8 .. c15| .. cC-1 |c0 .. c7| ..      each |c .. c+7| is a column of the split and one load;
//            thread 0  thread 1                             the rest is as in v2
//
// Bytes, FLOPs, partials: as v2. Needs: halves; C a multiple of 8; x, residual, y and
// the workspace at addresses divisible by 16; x below 2^31 elements.
#include "kernels/common/vector.h"
#include "kernels/instance_norm/instance_norm_split.h"

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr int kWide = 8;  // channels of a vector

__global__ void __launch_bounds__(kNormThreads)
    instance_norm_v3_partial(InstanceNormProblem d, NormSplit split, const half* __restrict__ x,
                             Moments* __restrict__ partials) {
  auto& s = shared_memory<MomentsTable<kNormThreads, kWide>>();
  const NormPlace place = norm_place(d, split);
  const half* channels = x + place.first_pixel * d.c + place.column * kWide;
  Moments all[kWide] = {};
  float count = 0;
  for (int first = place.row; first < place.pixels; first += split.rows * kNormPixels) {
    const int left = blocks_for(place.pixels - first, split.rows);
    Vector<half, kWide> values[kNormPixels];
    for (int i = 0; i < kNormPixels; ++i) {
      values[i] = i < left ? load_vector<kWide>(channels + (first + i * split.rows) * d.c) : values[0];
    }
    const float here = static_cast<float>(left < kNormPixels ? left : kNormPixels);
    const float share = 1 / here;
    for (int c = 0; c < kWide; ++c) {
      const float centre = to_float(values[0].v[c]);
      float distances = 0;
      for (const auto& value : values) distances += to_float(value.v[c]) - centre;
      const float mean = centre + distances * share;
      float m2 = 0;
      for (int i = 0; i < kNormPixels; ++i) {
        const float distance = to_float(values[i].v[c]) - mean;
        m2 += i < left ? distance * distance : 0.0F;
      }
      all[c] = merged(all[c], count, {mean, m2}, here);
    }
    count += here;
  }
  merge_rows(s, split.width, split.rows, all, count);
  if (place.row == 0 && place.pixels > 0) {
    const int part = static_cast<int>(blockIdx.z) * split.part_count + static_cast<int>(blockIdx.x);
    Moments* to = partials + part * d.c + place.column * kWide;
    for (int c = 0; c < kWide; ++c) to[c] = s.moments[c][threadIdx.x];
  }
}

__device__ void store_eight(const float (&values)[kWide], half* y) {
  Vector<half, kWide> out;
  for (int c = 0; c < kWide; ++c) out.v[c] = from_float<half>(values[c]);
  store_vector(y, out);
}
__device__ void store_eight(const float (&values)[kWide], float* y) {
  for (int c = 0; c < kWide; c += 4) {
    store_vector(y + c, Vector<float, 4>{{values[c], values[c + 1], values[c + 2], values[c + 3]}});
  }
}

template <typename Y>
__global__ void __launch_bounds__(kNormThreads)
    instance_norm_v3_values(InstanceNormProblem d, NormSplit split, const half* __restrict__ x,
                            const NormTerms* __restrict__ terms, const half* __restrict__ residual, Y* __restrict__ y) {
  const NormPlace place = norm_place(d, split);
  if (place.pixels == 0) return;
  // The terms of eight channels lie together: six loads of 16 bytes.
  const auto* from = reinterpret_cast<const float*>(terms + static_cast<int>(blockIdx.z) * d.c + place.column * kWide);
  float mine[3 * kWide];
  for (int i = 0; i < 3 * kWide; i += 4) {
    const auto four = load_vector<4>(from + i);
    for (int k = 0; k < 4; ++k) mine[i + k] = four.v[k];
  }
  for (int pixel = place.row; pixel < place.pixels; pixel += split.rows) {
    const int i = (place.first_pixel + pixel) * d.c + place.column * kWide;
    const auto in = load_vector<kWide>(x + i);
    float out[kWide];
    for (int c = 0; c < kWide; ++c) {
      out[c] = normalise({mine[3 * c], mine[3 * c + 1], mine[3 * c + 2]}, to_float(in.v[c]));
    }
    if (d.activation == Activation::relu) {
      for (float& value : out) value = activate(Activation::relu, value);
    } else if (d.activation != Activation::none) {
      for (float& value : out) value = activate(d.activation, value);
    }
    for (float& value : out) value = value * d.out_scale + d.out_offset;
    if (residual != nullptr) {
      const auto more = load_vector<kWide>(residual + i);
      for (int c = 0; c < kWide; ++c) out[c] += to_float(more.v[c]);
    }
    store_eight(out, y + i);
  }
}

template <typename Y>
void apply_as(const InstanceNormProblem& d, const NormTerms* terms, const InstanceNormArgs& args, Stream stream) {
  const NormSplit split = norm_split(d, kWide);
  launch(stream, split.grid(d.n), dim3(kNormThreads), 0, kernel<instance_norm_v3_values<Y>>, d, split,
         static_cast<const half*>(args.x), terms, static_cast<const half*>(args.residual), static_cast<Y*>(args.y));
}

}  // namespace

bool instance_norm_v3_supports(const InstanceNormProblem& d) {
  return d.storage == Storage::f16 && d.c % kWide == 0;
}

void instance_norm_v3_apply(const InstanceNormProblem& d, const NormTerms* terms, const InstanceNormArgs& args,
                            Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("instance_norm_v3_vectors", {args.x, args.residual, args.y, terms});
  if (d.to_float) {
    apply_as<float>(d, terms, args, stream);
  } else {
    apply_as<half>(d, terms, args, stream);
  }
}

std::size_t instance_norm_v3_workspace_bytes(const InstanceNormProblem& d) {
  return norm_workspace_bytes(d, norm_split(d, kWide));
}

void instance_norm_v3_launch(const InstanceNormProblem& d, const InstanceNormArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("instance_norm_v3_vectors", {args.x, args.residual, args.y, args.workspace});
  const NormSplit split = norm_split(d, kWide);
  const NormWorkspace workspace = norm_workspace(d, split, args.workspace);
  launch(stream, split.grid(d.n), dim3(kNormThreads), sizeof(MomentsTable<kNormThreads, kWide>),
         kernel<instance_norm_v3_partial>, d, split, static_cast<const half*>(args.x), workspace.partials);
  instance_norm_merge(d, {workspace.partials, split.part_pixels, split.part_count}, args, workspace.terms, stream);
  instance_norm_v3_apply(d, workspace.terms, args, stream);
}

}  // namespace impasto::IMPASTO_TARGET
