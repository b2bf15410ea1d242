// conv2d rgb_out: the formula of conv2d.h for a wide filter with few output channels, such as a net's last layer.
//
// Against v4: three output channels would leave most of an mma's columns empty, so the columns of the filter become
// outputs as well, T[p,w,(s,k)] = sum over r,c of x[p - pad_top + r, w, c] * w[k,c,r,s]: an R x 1 convolution with S K
// outputs. Then y[p,q,k] = sum over s of T[p, q + s, (s,k)]. A block keeps its part of x with the border in shared
// memory, so that x is loaded once, not once a tap. It costs columns of T on both sides that only neighbours use, and
// the T of a block in shared memory.
//
//   x: 8 + R - 1 rows, 64 columns         T: 8 rows, a warp each       y: 8 rows, 64 - S + 1 columns
//   +----------------+                    +----------------+           +------------+
//   | pixel: 16 of   |  warp p reads      | 64 w x 32 (s,k)|   sums    |            |
//   | the channels   |  rows p .. p+R-1   |                |   along   +------------+
//   | at a time      |  ------------->    +----------------+   w: ->
//   +----------------+
//
// A row of an mma is a pixel of x; its 16 taps are two vectors of 8 channels, (r, v) and the one after it, one ldmatrix
// row each. Vector v of pixel w lies at v ^ (w / 4 % 2), so that eight neighbours are in different banks. The weights
// are packed in the order in which the lanes of an mma hold them (conv2d_fragments.h). T lies with w last, 68 floats a
// line: what an mma leaves in a warp goes to 32 banks, and so do the sums over s, which a lane makes for pixels q =
// lane, lane + 32. They are put in NHWC order in shared memory and leave 32 neighbours at a time.
//
// FLOPs: 2 N P Q K R S C wanted; made 64 R C ceil(Q / (65 - S)) 64 P N. Bytes loaded by the threads: 2 N H W C times
// (7 + R) / 8 times 64 / (65 - S), and 1 KiB of weights for each 16 taps and block.
// Needs: halves; groups = 1; stride 1; C a multiple of 4, R and S at most 9, K at most 4, S K at most 32; x and weights
// at addresses divisible by 16; every tensor below 2^31 elements; for reflection, pads below the picture's size.
#include "kernels/conv2d/conv2d_rgb_out.h"

namespace impasto::IMPASTO_TARGET {

namespace {

using namespace rgb_out;

template <int vectors>
__global__ void __launch_bounds__(kWarps * 32, 2)
    conv2d_rgb_out(Conv2dProblem d, const half* __restrict__ x, const uint4* __restrict__ weights,
                   const float* __restrict__ bias, const half* __restrict__ residual, half* __restrict__ y) {
  auto& s = shared_memory<Tiles<vectors>>();
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  const int width = kColumns - d.s + 1;  // of the block's part of y
  const int across = blocks_for(d.q(), width);
  const int block = static_cast<int>(blockIdx.x);
  const int first_q = block % across * width;
  const int first_p = block / across % blocks_for(d.p(), kWarps) * kWarps;
  const int n = block / across / blocks_for(d.p(), kWarps);

  float sum[kColumns / 16][kOutputs / 8][4] = {};
  const int lines = weight_lines(d, vectors);
  for (int first_c = 0; first_c < d.c; first_c += vectors * 8) {
    copy_x(d, x, n, first_p - d.pad_top, first_q - d.pad_left, first_c, s.step);
    for (int i = thread; i < lines * kFragmentVectors; i += kWarps * 32)
      cp_async_16(&s.step.w[0][0] + i, weights + i, true);
    weights += lines * kFragmentVectors;
    cp_async_commit();
    cp_async_wait<0>();
    __syncthreads();
    for (int line = 0; line < lines; ++line) {
      const int mine = line * 2 + lane / 16;  // of the R x vectors; past the last one the weights are zero
      const int vector = mine < d.r * vectors ? mine : 0;
      const uint4 b0 = s.step.w[line][lane];
      const uint4 b1 = s.step.w[line][32 + lane];
      for (int i = 0; i < kColumns / 16; ++i) {
        unsigned a[4];
        const int column = i * 16 + lane % 16;
        ldmatrix_x4(a, &s.step.x[warp + vector / vectors][column][slot<vectors>(column, vector % vectors)]);
        mma_m16n8k16(sum[i][0], a, b0.x, b0.y);
        mma_m16n8k16(sum[i][1], a, b0.z, b0.w);
        mma_m16n8k16(sum[i][2], a, b1.x, b1.y);
        mma_m16n8k16(sum[i][3], a, b1.z, b1.w);
      }
    }
    __syncthreads();
  }

  const int p = first_p + warp;
  if (p >= d.p()) return;
  RowOfY& row = s.row[warp];
  for (int i = 0; i < kColumns / 16; ++i) {
    for (int j = 0; j < kOutputs / 8; ++j) {
      for (int at = 0; at < 4; ++at) {
        row.t[j * 8 + lane % 4 * 2 + at % 2][i * 16 + lane / 4 + at / 2 * 8] = sum[i][j][at];
      }
    }
  }
  __syncwarp();
  for (int k = 0; k < d.k; ++k) {
    for (int q = lane; q < width; q += 32) {
      float total = 0;
      for (int column = 0; column < d.s; ++column) total += row.t[column * d.k + k][q + column];
      row.y[q * d.k + k] = total;
    }
  }
  __syncwarp();
  const int first_m = (n * d.p() + p) * d.q() + first_q;
  const int pixels = d.q() - first_q < width ? d.q() - first_q : width;
  for (int i = lane; i < pixels * d.k; i += 32) {
    store_y(d, first_m + i / d.k, i % d.k, row.y[i], bias, residual, y);
  }
}

[[nodiscard]] int vectors_of(const Conv2dProblem& d) {
  return d.c <= 8 ? 1 : 2;
}

template <int vectors>
void launch_vectors(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  const int blocks = d.n * blocks_for(d.p(), kWarps) * blocks_for(d.q(), kColumns - d.s + 1);
  launch(stream, dim3(static_cast<unsigned>(blocks)), dim3(kWarps * 32), sizeof(Tiles<vectors>),
         kernel<conv2d_rgb_out<vectors>>, d, static_cast<const half*>(args.x), static_cast<const uint4*>(args.weights),
         args.bias, static_cast<const half*>(args.residual), static_cast<half*>(args.y));
}

}  // namespace

bool conv2d_rgb_out_supports(const Conv2dProblem& d) {
  return d.plain() && d.groups == 1 && d.storage == Storage::f16 && d.stride == 1 && d.c % 4 == 0 &&
         d.r <= kMaxFilter && d.s <= kMaxFilter && d.k <= kMaxChannels && d.s * d.k <= kOutputs;
}

std::size_t conv2d_rgb_out_weight_bytes(const Conv2dProblem& d) {
  const int vectors = vectors_of(d);
  return fragment_bytes(weight_lines(d, vectors) * blocks_for(d.c, vectors * 8));
}

void conv2d_rgb_out_pack_weights(const Conv2dProblem& d, const float* kcrs, std::byte* packed) {
  const int vectors = vectors_of(d);
  const int lines = weight_lines(d, vectors);  // of a step
  const auto weight = [&](int line, int tap, int output) {
    const int vector = line % lines * 2 + tap / 8;
    const int c = line / lines * vectors * 8 + vector % vectors * 8 + tap % 8;
    const int r = vector / vectors;
    const bool inside = output < d.s * d.k && r < d.r && c < d.c;
    return inside ? kcrs[((output % d.k * d.c + c) * d.r + r) * d.s + output / d.k] : 0;
  };
  pack_fragments(lines * blocks_for(d.c, vectors * 8), reinterpret_cast<half*>(packed), weight);
}

void conv2d_rgb_out_launch(const Conv2dProblem& d, const Conv2dArgs& args, Stream stream) {
  require_32_bit_indices(d);
  require_16_byte_alignment("conv2d_rgb_out", {args.x, args.weights});
  if (vectors_of(d) == 1) {
    launch_vectors<1>(d, args, stream);
  } else {
    launch_vectors<2>(d, args, stream);
  }
}

}  // namespace impasto::IMPASTO_TARGET
