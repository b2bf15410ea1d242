// The operations that a graph is made of: for each what it takes, what it gives, and exactly what it computes. How that
// is done is the backends' affair.
#pragma once

#include "runtime/pixel_format.h"
#include "runtime/tensor.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace impasto {

// What activations are stored as. Sums, statistics and norm parameters are float32 always.
enum class Precision : std::uint8_t { fp32, fp16, bf16 };

[[nodiscard]] std::string_view to_string(Precision precision) noexcept;
[[nodiscard]] DType activation_dtype(Precision precision) noexcept;

enum class Activation : std::uint8_t { none, relu, relu6, hard_swish, sigmoid, tanh };
enum class PadMode : std::uint8_t { zero, reflect };  // reflect: the edge pixel is not repeated (numpy "reflect")

// ---- Operations of the nets -------------------------------------------------------------------------------------
// For each: its inputs, its weights, its output. x is [N,H,W,C]; "act" is the activation dtype of the node's precision.

// x (act), terms [1,1,C,3] f32, [residual (act), same shape] -> as InstanceNorm: the second half of one (MergeMoments).
struct Normalise {
  Activation activation = Activation::none;
  float out_scale = 1;
  float out_offset = 0;
  bool to_float = false;
};

// What a convolution does besides where fuse() has joined it with the norms around it.
struct Joined {
  std::optional<Normalise> first;  // x goes through this before the convolution pads it; its terms are the last input
  int moments_part = 0;            // a second output, the moments of y in parts of so many pixels; 0: none
};

// x (act, or u8), [residual (act), added before the activation], [terms]; weight [K,C/groups,R,S], [bias [K]]
// -> [N,P,Q,K] act, [moments]. P = (H + pad_top + pad_bottom - R) / stride + 1.
struct Conv2d {
  int k = 1, r = 1, s = 1;
  int stride = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  PadMode pad_mode = PadMode::zero;
  int groups = 1;
  Activation activation = Activation::none;
  // Multiplies the weights when they are packed: 1/255 lets uint8 values enter unscaled, exactly.
  float weight_scale = 1;

  int upsample = 1;  // 1 or 2: x is enlarged so much (nearest) first, by fuse(); H is that of the enlarged x
  Joined joined{};
};

// x (act), [terms]; weight [C,K,R,S], [bias [K]] -> [N,out_h,out_w,K] act, [moments]. full[stride*y+i, stride*x+j] +=
// x[y,x] * w[.,.,i,j]; the output is rows crop_top .. crop_top+out_h of full (which has (H-1)*stride + R rows), columns
// alike.
struct Deconv2d {
  int k = 1, r = 1, s = 1;
  int stride = 1;
  int crop_top = 0, crop_left = 0;
  int out_h = 0, out_w = 0;
  Activation activation = Activation::none;
  Joined joined{};
};

// x (act), [residual (act), same shape], [style [1,1,1,S] f32], [last [1,1,C,2] f32, moment kMomentShape f32]; gamma,
// beta [C], or [S,C] mixed by style, [gamma_bias, beta_bias [C], added to those] -> x's shape, [this run's [1,1,C,2]].
// y = activation(gamma * (x - mean) / sqrt(var + eps) + beta) * out_scale + out_offset, [+ residual after that];
// mean and biased variance over H,W of each n,c. The output is act, or float32 where `to_float`. With `last`, the mean
// and variance that the last run used, a state, those of this run are x's + memory * moment[2] * (last - x's).
struct InstanceNorm {
  float eps = 1e-5F;
  Activation activation = Activation::none;
  float out_scale = 1;
  float out_offset = 0;
  bool to_float = false;
  float memory = 0;
};

// The first half of an instance norm, for fuse(): a convolution before may bring the moments, one after may do the
// second half, Normalise. Moments are mean and sum of squared distances from it, of each channel of parts of `part`
// pixels in a row (the last part what is left); terms are mean, gamma / sqrt(var + eps) and beta of each channel.
// moments [1,parts,C,2] f32, [style [1,1,1,S] f32], [last, moment]; weights as InstanceNorm's -> terms [1,1,C,3] f32,
// [this run's].
struct MergeMoments {
  int pixels = 1;  // that the moments are of
  int part = 1;
  float eps = 1e-5F;
  float memory = 0;
};

// x (act) -> [N,1,1,C] act: the mean over H,W, summed in float32.
struct GlobalAverage {};

// x (act) -> [N,P,Q,C] act: the largest value of each R x S window. P = (H + 2 pad - R) / stride + 1, rounded down, or
// up with `ceil_mode`: windows then reach over the bottom and right edge, where they are cut, but none begins beyond
// picture and pad (Caffe's and PyTorch's rule).
struct MaxPool {
  int r = 2, s = 2;
  int stride = 2;
  int pad = 0;  // at most half of r and of s
  bool ceil_mode = false;
};

// x [N,H,W,C] (act), C >= 2 -> [N,H,W,1] f32: the probability of `channel`, exp(x[channel]) / (exp(x[0]) + ..).
struct Softmax {
  int channel = 1;
};

// The input of a portrait net: rgb [1,H,W,3] u8, or f32 in 0..255, [face [1,1,1,8] f32, with it a mask [rows, columns]]
// -> [1,H,W,3] act, or 6 with a face. Channels 0..2 are (value - mean) * scale of B, G and R. With
// (u, v) = A (column + 1, row + 1, 1), A = (face[0] face[1] face[2]; face[3] face[4] face[5]), a place in the mask's
// frame that counts from 1, the others are (u - centre_x) / columns, (v - centre_y) / rows, and the mask there,
// bilinear, 0 outside. They are 0 where u or v lies more than kFaceReach outside the frame, and everywhere unless
// face[6] > 0.
struct PortraitInput {
  float scale = 1;
  std::array<float, 3> mean{};  // of B, G, R
  float centre_x = 0, centre_y = 0;
};
inline constexpr float kFaceReach = 600;
inline constexpr Shape kFaceShape{1, 1, 1, 8};

// x [1,H,W,C], u8 or f32, C = 1 or 3 -> [1,1,C,3] f32: of each channel the least and the largest of its finite values
// (infinity and -infinity if it has none), and how many others it has: NaN and infinities.
struct Inspect {};

// x -> [N,h,w,C].
//   nearest            integer enlargement, out[y,x] = in[y*H/h, x*W/w]; act
//   bilinear           half-pixel centres, clamped at the border; act or f32, kept
//   bilinear_shiftless u8 -> u8: src = dst*H/h to the nearest 1/32, samples outside are 0, result rounded half up
//                      (OpenCV's warpPerspective as MediaPipe uses it). With `letterbox` the aspect is kept: x lies in
//                      the middle of the smallest square that holds it, and what is beside it is 0; h = w
//   area               u8 -> f32: mean of the source area that an output pixel covers (box filter)
struct Resize {
  enum class Mode : std::uint8_t { nearest, bilinear, bilinear_shiftless, area };
  Mode mode = Mode::nearest;
  int h = 1, w = 1;
  bool letterbox = false;
};

// x (any dtype, kept) -> padded; reflect without repeating the edge, or edge repetition. A negative side is cut off.
// Each pixel gets `channels` more channels, zeros, behind its own.
struct Pad {
  enum class Mode : std::uint8_t { reflect, edge };
  Mode mode = Mode::reflect;
  int top = 0, left = 0, bottom = 0, right = 0;
  int channels = 0;
};

// x (u8 or a float type) -> act: activation(x) * scale + offset.
struct Convert {
  float scale = 1;
  float offset = 0;
  Activation activation = Activation::none;
};

// a, b (act, same shape) -> activation(a + b). With `crop`, b may be larger: its rows top .. top + H count, columns
// alike.
struct Add {
  struct Offset {
    int top = 0, left = 0;
  };
  Activation activation = Activation::none;
  std::optional<Offset> crop{};
};

// x (act), g (act) [N,1,1,C] or of x's shape, [y (act), x's shape] -> x * g [+ y].
struct Gate {};

// x (any dtype, kept), a copy. Its output is a state: Graph::store().
struct Store {};

// ---- Operations of the frame ------------------------------------------------------------------------------------

// Planes of `format` (1 to 3 inputs) -> [1,H,W,3] u8 R,G,B, rounded.
struct ToRgb {
  PixelFormat format;
};

// rgb of a frame, rgb of the frame before it, both [1,H,W,3] u8 -> [1,ceil(H/8),ceil(W/8),1] f32 in 0..1: 1 where a
// cell of 8 x 8 pixels stands still, noise apart: docs/frame.md.
struct Stillness {
  // Of noise that is independent from pixel to pixel, the groups' measure is chi-square of three degrees of freedom,
  // however strong it is: hardly a cell comes above 26. Chroma at half resolution and codecs make neighbours alike: of
  // noise of 8 levels after H.264 at --crf 18, one cell in 60 comes above 40, one in 1000 above 65. An edge of 15
  // levels along a column or a row has 42 in noise of 8 levels, 170 in noise of 4.
  float group_low = 40, group_high = 65;
  // Less than this (5 levels squared) counts as this: a column or row then has to differ by 6.5 levels in all channels,
  // or 11 in one, a whole cell by 2.5 or 4.
  float least_variance = 25;
  // Moved texture looks like noise to the groups, but is stronger: noise of 8 levels has a mean square of 128, give or
  // take 13.
  float power_low = 196, power_high = 256;
};
inline constexpr int kStillnessCell = 8;

// What a run is told of its place in the video: 1 if the frame before belongs to the same scene, else 0; the same of
// the frame after; 1 if what was painted of the frame before is of the same scene and style; 0.
inline constexpr Shape kMomentShape{1, 1, 1, 4};
inline constexpr int kMomentBefore = 0, kMomentAfter = 1, kMomentPainted = 2;

// Stillness of rows x columns cells, the cells' mean colours [1,rows,columns,3] f32 in 0..255, memory
// [1,4 rows,columns,1] f32 (a state: what the last run left), moment kMomentShape f32 -> stillness, now also 0 where
// something has moved to that does not show its motion, between cells that move and within 2 cells of one:
// docs/frame.md; memory.
struct Sweep {
  int continues = kMomentBefore;  // which number of the moment says that the scene is the last run's
};

// painted [1,h,w,3] f32, last (its shape, a state: what this node gave in the last run), stillness
// [1,ceil(H/8),ceil(W/8),1] f32 of a frame H <= h, W <= w, moment kMomentShape f32 -> painted's shape:
// painted + weight (last - painted), weight = share * moment[2] * stillness, bilinear between the middles of the cells,
// clamped beyond. Exactly painted where the weight is 0.
struct Blend {
  float share = 0.5F;
};

// Planes of `from` -> planes of `to`, rounded. Same-format conversion is a copy.
struct ConvertPlanes {
  PixelFormat from;
  PixelFormat to;
};

// matte [1,h,w,1] f32, guide_small [1,h,w,3] f32 0..255 (the frame at the matte's size), guide [1,H,W,3] u8
// -> [1,H,W,1] f32. Guided filter with colour guide (He et al., TPAMI 2013, eq. 19-21), coefficients at the small size,
// bilinearly enlarged (the "fast guided filter", arXiv:1505.00996). Guide in units of 1 (0..255 / 255). Clipped to
// 0..1.
struct GuidedFilter {
  int radius = 2;  // pixels of the small size; window (2 radius + 1)^2
  float eps = 3e-3F;
};

// Mattes [1,h,w,1] f32 of the frame before (smoothed), of this frame and of the one after; Stillness of frame_h x
// frame_w pixels from the frame before to this one and from this one to the next; moment [1,1,1,4] f32, {1 if the frame
// before is of the same scene, 1 if the one after is, 0, 0} -> this frame's matte, smoothed. Formulas: docs/frame.md.
struct MatteSmooth {
  float strength = 0.5F;  // 0..1
  int frame_h = 1, frame_w = 1;
};

// matte f32 -> f32: smoothstep from threshold - d to threshold + d, d = min(softness / 2, threshold, 1 - threshold), so
// that 0 stays 0 and 1 stays 1; where d is 0 a hard step (m >= threshold).
struct MatteThreshold {
  float threshold = 0.5F;
  float softness = 0;
};

// matte f32 -> f32: three box filters across and three down, of half-width radius / 3; reaches `radius` pixels, edges
// repeated.
struct MatteFeather {
  float radius = 0;
};

// matte f32 -> f32: without islands, or without holes; other pixels are copied bit for bit. Regions are connected sets
// of pixels. For islands v = matte and diagonal neighbours are connected; for holes v = 1 - matte and they are not. A
// core is a region of {v >= 1/2} (holes: > 1/2). It is kept if it has at least min_area H W pixels; holes: if it
// touches the border. A region of {v > 0} without a kept core becomes 0. A core that is not kept, in a region with one
// that is, sinks to the bridge that joins them: where a region of {v >= t}, t = 1/8, 2/8, 3/8, 1/2, holds such a core
// and none that is kept, v becomes t - 1/8 (1/2: 3/8), for the least such t.
struct MatteComponents {
  enum class Remove : std::uint8_t { islands, holes };
  Remove remove = Remove::islands;
  float min_area = 0;  // share of the picture; islands only
};

// matte f32 -> f32: the largest value (radius < 0: the least) in a disc about each pixel, of what lies in the picture.
// The disc of whole radius R has the offsets dx^2 + dy^2 <= R^2; a radius between R and R + 1 mixes the two results.
struct MatteGrow {
  float radius = 0;
};
inline constexpr float kMostGrowth = 100;

// matte [1,H,W,1] f32 -> planes of `format`, rounded: grey of value matte (the --view matte and --output-alpha).
struct MatteToPlanes {
  PixelFormat format;
};

// matte [1,H,W,1] f32 or absent (1 everywhere), painted [1,>=H,>=W,3] f32 (its top left H x W; absent if no
// paint), picture [1,H,W,3] u8 (if behind is picture), the frame's planes of `format` -> planes of `format`. In one
// pass:
//   person = frame + paint_inside (painted - frame);   behind = frame + paint_outside (painted - frame), or colour, or
//   picture out = matte person + (1 - matte) behind
// in samples of the format, painted clipped to 0..255, the result clipped and rounded half up. A sample is copied bit
// for bit where painted and behind have weight 0; a chroma sample, where they have on its whole footprint. Formulas:
// docs/frame.md.
struct Composite {
  enum class Behind : std::uint8_t { frame, colour, picture };
  PixelFormat format;
  float paint_inside = 1;
  float paint_outside = 0;
  Behind behind = Behind::frame;
  std::array<std::uint8_t, 3> colour{};
  float painted_scale = 1;  // painted * painted_scale is 0..255
  bool truncate = false;    // the last conversion to integers truncates instead of rounding (format rgb only)
};

// painted [1,>=H,>=W,3] f32 (its top left H x W), rgb [1,H,W,3] u8 -> [1,H,W,3] f32 in 0..255: painted's luma, clipped
// to 0..255, in rgb's chroma, Y + t (rgb - Y(rgb)) with the largest t up to 1 that keeps R, G and B within 0..255.
struct PreserveColour {
  float painted_scale = 1;  // painted * painted_scale is 0..255
  float kr = 0.2126F;       // Y = kr R + (1 - kr - kb) G + kb B
  float kb = 0.0722F;
};

// picture [1,H,W,3] u8, matte [1,H,W,1] f32 -> [1,H,W,3] u8, rounded: the picture blurred by MatteFeather's boxes with
// the person (matte 1) left out, B(v picture) / B(v) with v = (1 - matte + d) / (1 + d), d = 1/256. Where nothing but
// person is within reach, the plain blur.
struct BlurBehind {
  float radius = 0;
};

using Op = std::variant<Conv2d, Deconv2d, InstanceNorm, MergeMoments, Normalise, GlobalAverage, MaxPool, Softmax,
                        PortraitInput, Inspect, Resize, Pad, Convert, Add, Gate, Store, ToRgb, Stillness, Sweep, Blend,
                        ConvertPlanes, GuidedFilter, MatteSmooth, MatteThreshold, MatteComponents, MatteGrow,
                        MatteFeather, MatteToPlanes, Composite, PreserveColour, BlurBehind>;

[[nodiscard]] std::string_view op_name(const Op& op) noexcept;  // "conv2d", "instance_norm", ...

}  // namespace impasto
